import { type Query, script, sh, TaskError, UsageError } from '../shell/index.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { byVersion } from './list.ts'
import { parsePattern, parseProjectName, parseRemoteFolder } from './name.ts'
import { base } from './shell/base.ts'
import { FINISH, LOCK } from './shell/lock.ts'
import { BUILT, PINNED } from './shell/search.ts'
import { STANDING } from './shell/standing.ts'
import { standingOf } from './standing.ts'
import type { Store } from './store.ts'

/** What is sought: stacks that pin a package or a version, that hold a commit, a digest, or that a host has. */
export type Sought =
  /** Names and versions may hold `*` and `?`. */
  | { readonly by: 'package'; readonly name?: string; readonly version?: string }
  /** A full or short commit; its descendants count. `project` narrows it. */
  | { readonly by: 'commit'; readonly commit: string; readonly project?: string; readonly workPath: string }
  /** The sha256 of a .deb or the digest of a stack, or the first eight letters of it or more. */
  | { readonly by: 'digest'; readonly digest: string }
  | { readonly by: 'host'; readonly host: string }

/** What is sought, by the words somebody gave: one thing, and what goes with it. Throws a UsageError. */
export function soughtOf(wish: {
  readonly package?: string | undefined
  readonly version?: string | undefined
  readonly commit?: string | undefined
  readonly project?: string | undefined
  readonly digest?: string | undefined
  readonly host?: string | undefined
  readonly workPath: string
}): Sought {
  const { package: name, version, commit, project, digest, host, workPath } = wish
  const given = [name ?? version, commit, digest, host].filter((value) => value !== undefined)
  if (given.length !== 1)
    throw new UsageError(
      'stack search takes one of: a package (or its version), a commit, a digest, a host',
      {
        hint: 'such as  gachette stack search dh-shop  or  gachette stack search --commit 928a125',
      },
    )
  if (project !== undefined && commit === undefined)
    throw new UsageError('a project narrows the search for a commit only')
  if (commit !== undefined)
    return { by: 'commit', commit, ...(project !== undefined && { project }), workPath }
  if (digest !== undefined) return { by: 'digest', digest }
  if (host !== undefined) return { by: 'host', host }
  return { by: 'package', ...(name !== undefined && { name }), ...(version !== undefined && { version }) }
}

/** A stack that was found, and why. */
export interface FoundStack {
  readonly name: string
  /** Those of its packages that were sought; none where the stack itself was. */
  readonly packages: readonly { readonly name: string; readonly version: string }[]
  /** The hosts that got it last. */
  readonly hosts: readonly string[]
}

/** What a search has found. */
export interface StackSearch {
  readonly domain: string
  /** The full commit, where a mirror has it. */
  readonly commit?: string
  /** A commit was sought that no mirror has: only builds of exactly it are found. */
  readonly isExact?: true
  /** In the order of their versions. */
  readonly stacks: readonly FoundStack[]
}

/** So many small files at most are read for one search: a second or two. */
const MOST = 200_000

/** The stacks in which something is, in one round trip that reads no manifest of a stack. */
export const searchStacks = (store: Store, sought: Sought): Query<StackSearch> => ({
  command: script(sh`${base(store)}
most=${MOST}
${LOCK}
${FINISH}
${STANDING}
${PINNED}
finish_if_left
scratch=$(mktemp -d) || unwritten "a temporary folder"
trap 'rm -rf -- "$scratch"' EXIT
${questionOf(sought)}
hosts
exit 0`),
  parse: (stdout) => parseFound(stdout, store.domain, sought),
  assumed: { domain: store.domain, stacks: [] },
  failed: (failure) => {
    const [names, stacks] = parseAnswer(failure.stdout).first('too-many') ?? []
    if (names === undefined) return refusal(store)(failure)
    return new TaskError(`${names} packages in ${stacks} stacks are too many to look at`, {
      hint: 'name the package more exactly',
    })
  },
})

function questionOf(sought: Sought) {
  if (sought.by === 'host') return sh`:`
  if (sought.by === 'package') return packageQuestion(sought)
  if (sought.by === 'digest')
    return sh`digest=${parseHex(sought.digest, 8, 'a digest')}
[ ! -d "$stacks" ] || (
  cd -- "$stacks" && find . -mindepth 1 -maxdepth 1 -type l -lname '*/*' -printf '%f/.digest\n' |
    xargs -r -d '\n' grep -sl "^$digest" | sed 's|^|stack\t|; s|/\.digest$||'
)
find "$meta/packages/" -mindepth 4 -maxdepth 4 -name manifest.json -print0 2>/dev/null |
  xargs -r -0 grep -hsm1 '^{"name":"[^"]*","version":"[^"]*","architecture":"[^"]*","sha256":"'"$digest" |
  awk -F'"' '{ print $4, $8 }' | pinned_where || exit`
  const project = sought.project === undefined ? '*' : parseProjectName(sought.project)
  return sh`project=${project}
work=${parseRemoteFolder(sought.workPath, 'work_path')}
export GIT_NO_REPLACE_OBJECTS=1 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
unset GIT_DIR GIT_WORK_TREE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_NAMESPACE
${BUILT}
built_from ${parseHex(sought.commit, 7, 'a commit')}
pinned_where <"$scratch/built" || exit`
}

function packageQuestion({ name, version }: Extract<Sought, { by: 'package' }>) {
  const names = name === undefined ? '*' : parsePattern(name, 'packages')
  if (version === undefined) {
    if (/^\**$/.test(names)) throw new UsageError('every stack has packages: name what is sought')
    if (!/[*?]/.test(names)) return sh`printf '%s\n' ${names} | pinned_where || exit`
    return sh`find "$meta/packages/" -mindepth 1 -maxdepth 1 -name ${names} -printf '%f\n' 2>/dev/null |
  pinned_where || exit`
  }
  return sh`find "$meta/packages/" -mindepth 3 -maxdepth 3 -path "$meta/packages/"${names}/version/${parseVersionPattern(version)} \
  -printf '%P\n' 2>/dev/null | sed 's|/version/| |' | pinned_where || exit`
}

function parseFound(stdout: string, domain: string, sought: Sought): StackSearch {
  const { all, first, json } = parseAnswer(stdout)
  const pinned = new Map<string, { name: string; version: string }[]>()
  for (const [stack = ''] of all('stack')) pinned.set(stack, [])
  for (const line of stdout.split('\n')) {
    const [, stack, name, version] = /^([^/\t]+)\/packages\/([^/]+)\/version:(.+)$/.exec(line) ?? []
    if (stack === undefined || name === undefined || version === undefined) continue
    const packages = pinned.get(stack)
    if (packages) packages.push({ name, version })
    else pinned.set(stack, [{ name, version }])
  }
  const { hosts } = standingOf(json, new Map())
  const hostsOf = (stack: string) => (hosts.get(stack) ?? []).map(({ host }) => host)
  if (sought.by === 'host')
    for (const [stack, on] of hosts)
      if (on.some(({ host }) => matches(sought.host, host))) pinned.set(stack, [])
  const commit = first('commit')?.[0]
  return {
    domain,
    ...(commit && { commit }),
    ...(first('no-mirror') && { isExact: true as const }),
    stacks: [...pinned]
      .sort(([one], [other]) => byVersion(one, other))
      .map(([name, packages]) => ({
        name,
        packages: packages.sort((one, other) => (one.name < other.name ? -1 : 1)),
        hosts: hostsOf(name).filter((host) => sought.by !== 'host' || matches(sought.host, host)),
      })),
  }
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : escaped(part)))
  return new RegExp(`^${parts.join('')}$`).test(text)
}

const escaped = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '\\$&')

function parseHex(text: string, least: number, what: string): string {
  const hex = text.toLowerCase()
  if (/^[0-9a-f]+$/.test(hex) && hex.length >= least && hex.length <= 64) return hex
  throw new UsageError(`${JSON.stringify(text.slice(0, 80))} is no ${what.slice(2)}`, {
    hint: `${what} is ${least} to 64 letters 0-9 and a-f`,
  })
}

function parseVersionPattern(text: string): string {
  if (/^[A-Za-z0-9.+~:*?-]{1,200}$/.test(text)) return text
  throw new UsageError(`${JSON.stringify(text.slice(0, 80))} is no version, nor a pattern of versions`)
}
