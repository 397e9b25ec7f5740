import parseVersion from 'semver/functions/parse.js'
import { type Query, script, sh } from '../shell/index.ts'
import { type Fact, parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { type Generation, objectOrNone, parseGeneration } from './manifest.ts'
import { parsePattern } from './name.ts'
import { base } from './shell/base.ts'
import { FINISH, LOCK } from './shell/lock.ts'
import { STANDING } from './shell/standing.ts'
import { createdOf } from './show.ts'
import { type Frozen, standingOf } from './standing.ts'
import type { Store } from './store.ts'

/** One stack of a list. A plain folder of 2013 has a number of packages and nothing else. */
export interface ListedStack extends Partial<Generation> {
  readonly name: string
  readonly count: number
  /** ISO time, UTC; absent where the log does not go back to it. */
  readonly created?: string
  /** Absent while it can be edited. */
  readonly frozen?: Frozen
  /** Its other names: `latest`, channels. Absent where it has none. */
  readonly aliases?: readonly string[]
}

/**
 * The stacks of a domain by name, in one round trip whose cost grows with their number, not with their packages.
 * `pattern` may hold `*` and `?`.
 */
export const listStacks = (store: Store, pattern = '*'): Query<readonly ListedStack[]> => ({
  command: script(sh`${base(store)}
pattern=${parsePattern(pattern, 'stacks')}
${LOCK}
${FINISH}
${STANDING}
${LIST}`),
  parse: parseList,
  assumed: [],
  failed: refusal(store),
})

/** `l NAME TARGET` a link, `d NAME COUNT` a plain folder, `s NAME` a signature, and JSON of manifests, logs and records. */
function parseList(stdout: string): readonly ListedStack[] {
  const { json, facts } = parseAnswer(stdout)
  const heads = json.filter((line) => line.startsWith('{"v":1,"generation":')).map(parseGeneration)
  const generations = new Map(heads.map((head) => [head.generation, head]))
  const created = new Map<string, string>()
  for (const line of json.filter((each) => each.startsWith('{"when":'))) {
    const since = createdOf(line)
    const stack = objectOrNone(line)?.stack
    if (since && typeof stack === 'string') created.set(stack, since)
  }
  const { aliases, signatures } = namesOf(facts)
  const { frozen } = standingOf(json, signatures)
  return facts
    .flatMap(([kind, name = '', rest = '']): ListedStack[] => {
      const head = kind === 'l' ? generations.get(rest.slice(rest.lastIndexOf('/') + 1)) : undefined
      if (kind !== 'd' && head === undefined) return []
      const [since, record, others] = [created.get(name), frozen.get(name), aliases.get(name)]
      const said = { ...(since && { created: since }), ...(record && { frozen: record }) }
      return [{ name, count: Number(rest), ...head, ...said, ...(others && { aliases: others }) }]
    })
    .sort((one, other) => byVersion(one.name, other.name))
}

function namesOf(facts: readonly Fact[]) {
  const aliases = new Map<string, string[]>()
  const signatures = new Map<string, number>()
  for (const [kind, name = '', target = ''] of facts) {
    if (kind === 's') signatures.set(name, (signatures.get(name) ?? 0) + 1)
    else if (kind === 'l' && !target.includes('/'))
      aliases.set(target, [...(aliases.get(target) ?? []), name].sort())
  }
  return { aliases, signatures }
}

/** For sorting names of stacks: versions in their order, pre-releases before their release; then all other names in theirs. */
export function byVersion(one: string, other: string): number {
  const [a, b] = [parseVersion(one), parseVersion(other)]
  if (a && b) return a.compare(b) || a.compareBuild(b)
  if (a || b) return a ? -1 : 1
  return one.localeCompare(other, 'en', { numeric: true })
}

// `find` and `head` do in two processes what a loop would start two thousand for.
const LIST = sh`finish_if_left
if [ "$domain" = main ] && [ -d "$meta/stacks" ] && [ ! "$meta/stacks" -ef "$stacks" ]; then
  plain=$meta/stacks
else
  plain=
fi
for folder in "$stacks" \${plain:+"$plain"}; do
  [ -d "$folder" ] || continue
  find "$folder/" -mindepth 1 -maxdepth 1 -name '[A-Za-z0-9]*' ! -name '*[!A-Za-z0-9._+~-]*' \
    \( -type l ! -lname '*/*' -printf 'l\t%f\t%l\n' -o -name "$pattern" -type l -printf 'l\t%f\t%l\n' \
    -o -name "$pattern" -type d -printf 'd\t%f\n' \) |
    while IFS=$tab read -r kind name target; do
      [ "$kind" = l ] || target=$(ls -- "$folder/$name/packages" 2>/dev/null | wc -l)
      printf '%s\t%s\t%s\n' "$kind" "$name" "$target"
    done
done
cd -- "$stacks" 2>/dev/null || exit 0
heads() { [ ! -e "$1" ] || printf '%s\0' "$@" | xargs -0 head -qn 1 --; }
# The pattern is words of the shell here: it holds nothing else that is special.
heads $pattern/.manifest.json
heads "$root/log/$domain"/$pattern.jsonl
texts "$root/frozen/$domain"/$pattern.json
[ ! -d "$root/frozen/$domain" ] || (
  cd -- "$root/frozen/$domain" && find . -mindepth 2 -maxdepth 2 -path "./$pattern.sigs/*.sig" -printf '%h\n' |
    sed -e 's|^\./|s\t|' -e 's|\.sigs$||'
)`
