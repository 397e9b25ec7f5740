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
 * decides the result beside the commit: versions, missile path, builder, options. Equal inputs, equal build.
 */
export interface Build {
  readonly project: string
  /** Full lower-case hex. */
  readonly commit: string
  readonly inputs: Readonly<Record<string, string | readonly string[]>>
}

/** A build whose packages are all registered. */
export interface KnownBuild {
  readonly inputs: Build['inputs']
  readonly packages: readonly Pin[]
  /** ISO time, UTC. */
  readonly when: string
  readonly who: string
}

/**
 * The builds of a commit whose packages are registered already; `builtWith` picks one. `commit` may be a command that
 * prints it, so that this can be asked in the same round trip that checks it out.
 */
export function findBuilds(
  store: Store,
  build: { readonly project: string; readonly commit: string | Command },
): Query<readonly KnownBuild[]> {
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
for record in "$root/builds/"${project}"/$commit"-*.json; do
  [ -f "$record" ] || continue
  if [ -z "$scratch" ]; then
    scratch=$(mktemp -d) || unwritten "a temporary folder"
    trap 'rm -rf -- "$scratch"' EXIT
  fi
  ! read_known "$record" || cat -- "$record"
done`),
    parse: (stdout) =>
      stdout.split(/^(?=\{"v":)/m).flatMap((record) => (record === '' ? [] : [parseKnown(record)])),
    assumed: [],
    failed: refusal(store),
  }
}

/** The build that had the same inputs, in whatever order they stand; undefined where none had. */
export const builtWith = (builds: readonly KnownBuild[], inputs: Build['inputs']): KnownBuild | undefined =>
  builds.find((build) => digestOf(build.inputs) === digestOf(inputs))

function parseKnown(record: string): KnownBuild {
  const lines = record.split('\n')
  const { when, who, inputs } = object(`${lines[0]}]}`)
  if (typeof when !== 'string' || typeof who !== 'string' || typeof inputs !== 'object' || inputs === null)
    throw new TaskError('a build in the store lacks its date, its author or its inputs')
  return { inputs: inputs as Build['inputs'], packages: parsePins(lines), when, who }
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
