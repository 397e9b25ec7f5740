import { createHash } from 'node:crypto'
import { type Command, type Query, script, sh, TaskError, UsageError } from '../shell/index.ts'
import { refusal } from './failure.ts'
import { object, type Pin, parsePins } from './manifest.ts'
import { parseProjectName } from './name.ts'
import { base } from './shell/base.ts'
import { KNOWN } from './shell/judge.ts'
import { FINISH, LOCK } from './shell/lock.ts'
import type { Store } from './store.ts'

/**
 * One build, for the store's memory of it: which packages came of this commit, built this way. `inputs` holds all that
 * decides the result beside the commit: ref, missile path, builder, options. Equal inputs, equal build.
 */
export interface Build {
  readonly project: string
  /** Full lower-case hex. */
  readonly commit: string
  readonly inputs: Readonly<Record<string, string | readonly string[]>>
}

/** A build whose packages are all registered. */
export interface KnownBuild {
  readonly packages: readonly Pin[]
  /** ISO time, UTC. */
  readonly when: string
  readonly who: string
}

/**
 * Whether the packages of a commit are registered already. `commit` may be a command that prints it (as
 * `` sh`git -C ${dir} rev-parse HEAD` ``), so that this can be asked in the same round trip that checks it out.
 */
export function findBuild(
  store: Store,
  build: { readonly project: string; readonly commit: string | Command; readonly inputs: Build['inputs'] },
): Query<KnownBuild | undefined> {
  const project = parseProjectName(build.project)
  const commit = typeof build.commit === 'string' ? sh`echo ${parseCommit(build.commit)}` : build.commit
  return {
    command: script(sh`${base(store)}
${LOCK}
${FINISH}
${KNOWN}
commit=$(${commit}) || exit
case $commit in '' | *[!0-9a-f]*) exit 1 ;; esac
finish_if_left
scratch=$(mktemp -d) || unwritten "a temporary folder"
trap 'rm -rf -- "$scratch"' EXIT
record=$root/builds/${project}/$commit-${digestOf(build.inputs)}.json
! read_known "$record" || cat -- "$record"`),
    parse(stdout) {
      if (stdout === '') return undefined
      const head = object(`${stdout.slice(0, stdout.indexOf('\n'))}]}`)
      const { when, who } = head
      if (typeof when !== 'string' || typeof who !== 'string')
        throw new TaskError('a build in the store lacks its date or its author')
      return { packages: parsePins(stdout.split('\n')), when, who }
    },
    assumed: undefined,
    failed: refusal(store),
  }
}

/** Where a build is remembered, below `.gachette/builds`, and how its record begins. */
export function recordOf(build: Build): { readonly path: string; readonly head: string } {
  const project = parseProjectName(build.project)
  const commit = parseCommit(build.commit)
  const inputs = JSON.stringify(sorted(build.inputs))
  return {
    path: `${project}/${commit}-${digestOf(build.inputs)}.json`,
    head: `{"v":1,"project":"${project}","commit":"${commit}","inputs":${inputs},`,
  }
}

function parseCommit(text: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text
  throw new UsageError(`${JSON.stringify(text.slice(0, 80))} is no full commit`)
}

const digestOf = (inputs: Build['inputs']): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(inputs)))
    .digest('hex')
    .slice(0, 16)

const sorted = (inputs: Build['inputs']): Build['inputs'] =>
  Object.fromEntries(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1)))
