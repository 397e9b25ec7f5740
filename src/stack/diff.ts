import { type Query, script, sh, TaskError } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { changesBetween, type PackageChange } from './changes.ts'
import { type CommitHistory, commitsBetween } from './commits.ts'
import { type Answer, parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { byVersion } from './list.ts'
import { objectOrNone, parsePins } from './manifest.ts'
import { parseReadName, type StackName } from './name.ts'
import { type Origin, sourceOf } from './origin.ts'
import { PINS } from './shell/history.ts'
import { opened } from './shell/opened.ts'
import { parseStore, type Store, type StoreOptions } from './store.ts'

/** One of the two stacks of a difference. */
export interface ComparedStack {
  readonly name: string
  /** Absent for a plain folder of 2013. */
  readonly digest?: string
  /** Packages. */
  readonly count: number
}

/** What lies between the commits two versions were built of. */
export interface SourceChange {
  readonly repository: string
  readonly from: string
  readonly to: string
  /** Of the packages that come from it and changed. */
  readonly packages: readonly string[]
  readonly history: CommitHistory
}

/** What changes from one stack to another. */
export interface StackDiff {
  readonly domain: string
  readonly from: ComparedStack
  readonly to: ComparedStack
  /** By name. */
  readonly packages: readonly PackageChange[]
  readonly sources: readonly SourceChange[]
  /** Packages that changed, and whose commits are not known for both versions. */
  readonly unknown: readonly string[]
}

/** Which stacks are compared; without `to`, what `from` changed from the stack before it. */
export interface DiffOptions extends StoreOptions {
  readonly from: string
  readonly to?: string
  /** Where the mirrors of the projects are. */
  readonly workPath: string
  readonly typed?: string
}

/** A stack was to be compared with the one before it, and is the first. */
export class NoStackBefore extends TaskError {
  override readonly code = 'no-stack-before'
}

/** What changes from one stack to another, and the commits that are why. */
export async function diffStacks(remote: Remote, options: DiffOptions): Promise<StackDiff> {
  const store = parseStore(options)
  const [one, two] = [
    parseReadName(options.from),
    options.to === undefined ? undefined : parseReadName(options.to),
  ]
  const from = two === undefined ? await remote.ask(previousOf(store, one, options.typed)) : one
  const to = two ?? one
  const title = `compare ${from} and ${to}`
  const { origins, ...pins } = await remote.ask(pinsOfBoth(store, from, to, options.typed), { title })
  const packages = changesBetween(pins.before, pins.after)
  const { ranges, unknown } = rangesOf(packages, origins)
  const { query, stdin } = commitsBetween(options.workPath, ranges)
  const histories = ranges.length === 0 ? [] : await remote.ask(query, { stdin, title: 'read their commits' })
  return {
    domain: store.domain,
    from: pins.from,
    to: pins.to,
    packages,
    sources: ranges.map((range, at) => ({ ...range, history: histories[at] ?? { type: 'no-mirror' } })),
    unknown,
  }
}

/** The stack a stack was cloned from, while that is there; else the one before it in the order of versions. */
function previousOf(store: Store, name: StackName, typed?: string): Query<StackName> {
  return {
    command: script(sh`${opened(store, name)}
follow_alias
fact stack "$stack"
log=$root/log/$domain/$stack.jsonl
[ ! -f "$log" ] || head -n 1 -- "$log"
for folder in "$stacks" "$meta/stacks"; do
  [ -d "$folder" ] && { [ "$domain" = main ] || [ "$folder" = "$stacks" ]; } || continue
  find "$folder/" -mindepth 1 -maxdepth 1 -name '[A-Za-z0-9]*' ! -name '*[!A-Za-z0-9._+~-]*' \( -type d -o -type l -lname '*/*' \) -printf 'name\t%f\n'
done`),
    parse(stdout) {
      const { all, first, json } = parseAnswer(stdout)
      const self = first('stack')?.[0] ?? name
      const names = [...new Set(all('name').map(([each = '']) => each))].sort(byVersion)
      const origin = json[0] === undefined ? undefined : objectOrNone(json[0])?.from
      if (typeof origin === 'string' && names.includes(origin)) return parseReadName(origin)
      const before = names[names.indexOf(self) - 1]
      if (before !== undefined) return parseReadName(before)
      throw new NoStackBefore(`there is no stack before ${self} to compare it with`, {
        hint: 'name two stacks, as in  gachette stack diff 1.0.0 1.1.0',
      })
    },
    assumed: name,
    failed: refusal(store, typed),
  }
}

interface Both {
  readonly from: ComparedStack
  readonly to: ComparedStack
  readonly before: ReturnType<typeof parsePins>
  readonly after: ReturnType<typeof parsePins>
  /** By `name version`. */
  readonly origins: ReadonlyMap<string, Origin>
}

/** More packages than these are not asked where they come from, nor more bytes read of it: nobody reads on. */
const EXPLAINED = 500
const MOST_BYTES = 8_000_000

const pinsOfBoth = (store: Store, from: StackName, to: StackName, typed?: string): Query<Both> => ({
  command: script(sh`${opened(store, from)}
${PINS}
follow_alias
one=$stack
find_stack "$one" || die 72 unknown-stack "$one"
before=$place
stack=${to}
find_stack "$stack" || die 72 unknown-stack "$stack"
follow_alias
find_stack "$stack" || die 72 unknown-stack "$stack"
for each in "$before" "$place"; do
  digest=
  ! first_word "$each/.digest" || digest=$word
  fact side "\${each##*/}" "$digest" "$(ls -- "$each/packages" | wc -l)"
done
if [ "$before" -ef "$place" ]; then exit 0; fi
changed=$({ pins_of "$before" && echo = && pins_of "$place"; } | changed_pins)
printf '%s\n' "$changed"
cd -- "$meta/packages" || exit 0
# name and version of those that are in both; origins are asked of those only.
printf '%s\n' "$changed" | awk -F'"' -v most=${2 * EXPLAINED} '
  { side[$4] = side[$4] substr($0, 1, 1); path[++n] = $4 "/version/" $8 "/manifest.json"; name[n] = $4 }
  END { for (i = 1; i <= n && most > 0; i++) if (side[name[i]] == "ab") { print path[i]; most-- } }' |
  xargs -r -d '\n' grep -s '^"provenance":' /dev/null | head -c ${MOST_BYTES}
exit 0`),
  parse: parseBoth,
  assumed: {
    from: { name: from, count: 0 },
    to: { name: to, count: 0 },
    before: [],
    after: [],
    origins: new Map(),
  },
  failed: refusal(store, typed),
})

function parseBoth(stdout: string): Both {
  const answer = parseAnswer(stdout)
  const [from, to] = sidesOf(answer)
  if (from === undefined || to === undefined)
    throw new TaskError('the store did not say what the two stacks hold')
  const pins = (side: string) => parsePins(answer.all(side).map(([json = '']) => json))
  const origins = new Map<string, Origin>()
  for (const line of stdout.split('\n')) {
    const [, name, version, json = ''] =
      /^([^/\t]+)\/version\/([^/]+)\/manifest\.json:"provenance":(.*),$/.exec(line) ?? []
    const origin = name === undefined ? undefined : sourceOf(json)
    if (origin) origins.set(`${name} ${version}`, origin)
  }
  return { from, to, before: pins('a'), after: pins('b'), origins }
}

const sidesOf = ({ all }: Answer): readonly ComparedStack[] =>
  all('side').map(([name = '', digest, count]) => ({ name, ...(digest && { digest }), count: Number(count) }))

/** The ranges of commits behind the changes, each once, in the order of their first package. */
function rangesOf(packages: readonly PackageChange[], origins: ReadonlyMap<string, Origin>) {
  const ranges = new Map<string, { repository: string; from: string; to: string; packages: string[] }>()
  const unknown: string[] = []
  for (const change of packages) {
    if (change.type === 'added' || change.type === 'removed') continue
    const { name, was, now } = change
    const [old, fresh] = [origins.get(`${name} ${was.version}`), origins.get(`${name} ${now.version}`)]
    if (old === undefined || fresh === undefined || old.repository !== fresh.repository) {
      unknown.push(name)
      continue
    }
    if (old.commit === fresh.commit) continue
    const key = `${fresh.repository} ${old.commit} ${fresh.commit}`
    const range = ranges.get(key)
    if (range) range.packages.push(name)
    else
      ranges.set(key, { repository: fresh.repository, from: old.commit, to: fresh.commit, packages: [name] })
  }
  return { ranges: [...ranges.values()], unknown }
}
