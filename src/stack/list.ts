import parseVersion from 'semver/functions/parse.js'
import { type Query, script, sh } from '../shell/index.ts'
import { refusal } from './failure.ts'
import { type Generation, object, parseGeneration } from './manifest.ts'
import { base } from './shell/base.ts'
import { FINISH, LOCK } from './shell/lock.ts'
import { createdOf } from './show.ts'
import type { Store } from './store.ts'

/** One stack of a list. A plain folder of 2013 has a number of packages and nothing else. */
export interface ListedStack extends Partial<Generation> {
  readonly name: string
  readonly count: number
  /** ISO time, UTC; absent where the log does not go back to it. */
  readonly created?: string
}

/** The stacks of a domain by name, in one round trip whose cost grows with their number, not with their packages. */
export const listStacks = (store: Store): Query<readonly ListedStack[]> => ({
  command: script(sh`${base(store)}
${LOCK}
${FINISH}
${LIST}`),
  parse: parseList,
  assumed: [],
  failed: refusal(store),
})

/** Three kinds of lines: `l NAME TARGET` a link, `d NAME COUNT` a plain folder, and JSON of manifests and logs. */
function parseList(stdout: string): readonly ListedStack[] {
  const generations = new Map<string, Generation>()
  const created = new Map<string, string>()
  const places: [kind: string, name: string, rest: string][] = []
  for (const line of stdout.split('\n')) {
    if (line.startsWith('{"v":1,"generation":')) {
      const head = parseGeneration(line)
      generations.set(head.generation, head)
    } else if (line.startsWith('{')) {
      const since = createdOf(line)
      const { stack } = object(line)
      if (since && typeof stack === 'string') created.set(stack, since)
    } else {
      const [kind, name, rest] = line.split('\t')
      if (kind && name) places.push([kind, name, rest ?? ''])
    }
  }
  return places
    .flatMap(([kind, name, rest]): ListedStack[] => {
      const since = created.get(name)
      const head = kind === 'l' ? generations.get(rest.slice(rest.lastIndexOf('/') + 1)) : undefined
      if (kind === 'l' && head === undefined) return []
      return [{ name, count: Number(rest), ...head, ...(since && { created: since }) }]
    })
    .sort((one, other) => byVersion(one.name, other.name))
}

/** Versions in their order, pre-releases before their release; then all other names in theirs. */
function byVersion(one: string, other: string): number {
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
  find "$folder/" -mindepth 1 -maxdepth 1 -name '[A-Za-z0-9]*' ! -name '*[!A-Za-z0-9._+~-]*' ! -name latest \
    \( -type l -printf 'l\t%f\t%l\n' -o -type d -printf 'd\t%f\n' \) |
    while IFS=$tab read -r kind name target; do
      [ "$kind" = l ] || target=$(ls -- "$folder/$name/packages" 2>/dev/null | wc -l)
      printf '%s\t%s\t%s\n' "$kind" "$name" "$target"
    done
done
cd -- "$stacks" 2>/dev/null || exit 0
heads() { [ ! -e "$1" ] || printf '%s\0' "$@" | xargs -0 head -qn 1 --; }
heads */.manifest.json
heads "$root/log/$domain"/*.jsonl`
