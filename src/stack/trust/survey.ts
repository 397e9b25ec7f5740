import { type Query, script, sh } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import type { StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import { FINISH, LOCK } from '../shell/lock.ts'
import type { Store } from '../store.ts'
import { inflated, type Packed, unpack } from './packed.ts'
import { PACK } from './shell/pack.ts'
import { ENTRIES, GENERATIONS, PACK_ALL } from './shell/survey.ts'

/** What lies in a store, as it lies there. */
export interface Survey {
  /** Whether all stacks were looked at, and not one. */
  readonly isWhole: boolean
  /** What each name of the domain leads to. */
  readonly entries: readonly Entry[]
  /** Files beside the stacks that are no stack's. */
  readonly odd: readonly string[]
  readonly generations: ReadonlyMap<string, SurveyedGeneration>
  /** Every package that is pinned, once. */
  readonly members: readonly Member[]
  /** Freeze records, pointers of channels (the newest of each), and the signatures beside them. */
  readonly records: Packed
  /** Paths of what lies among them and is larger than any record. */
  readonly large: readonly string[]
}

/** A name, and what it leads to: a generation, another name (an alias), a folder of 2013, or something else. */
export type Entry = { readonly name: string } & (
  | { readonly type: 'stack'; readonly generation: string }
  | { readonly type: 'alias' | 'foreign'; readonly target: string }
  | { readonly type: 'folder' }
)

/** A generation, and what of it is not as its manifest has it. */
export interface SurveyedGeneration {
  /** The first line of the manifest. */
  readonly head: string
  /** Counted from the manifest's lines. */
  readonly digest: string
  /** What stands in `.digest`. */
  readonly stands: string
  /** Numbers of lines that are no package, or out of order; 0: the manifest is cut. */
  readonly badLines: readonly number[]
  readonly pins: readonly { readonly name: string; readonly found: string; readonly wanted: string }[]
}

/** A package of some stack, and its file. */
export interface Member {
  readonly name: string
  readonly version: string
  readonly sha256: string
  readonly size: number
  readonly file: string
}

/** Looks at a domain, or at one stack of it and the link `also`, without a file of a package being read. One round trip. */
export const survey = (store: Store, only?: StackName, also?: StackName): Query<Survey> => ({
  command: script(sh`${base(store)}
only=${only ?? ''}
also=${also ?? ''}
${LOCK}
${FINISH}
${PACK}
${ENTRIES}
${GENERATIONS}
${PACK_ALL}
${SURVEY}`),
  parse(stdout) {
    const answer = parseAnswer(stdout)
    const [packed = ''] = answer.first('members') ?? []
    return {
      isWhole: only === undefined,
      entries: [
        ...answer.all('link').map(([name = '', generation = '', target = '']): Entry => {
          if (generation !== '') return { name, type: 'stack', generation }
          return { name, type: /^[^/]+$/.test(target) ? 'alias' : 'foreign', target }
        }),
        ...answer.all('folder').map(([name = '']): Entry => ({ name, type: 'folder' })),
      ],
      odd: answer.all('odd').map(([name = '']) => name),
      generations: generationsOf(stdout),
      members: membersOf(packed),
      records: unpack(answer),
      large: answer.all('large').map(([file = '']) => file),
    }
  },
  assumed: {
    isWhole: false,
    entries: [],
    odd: [],
    generations: new Map(),
    members: [],
    records: new Map(),
    large: [],
  },
  failed: refusal(store),
})

function generationsOf(stdout: string): Survey['generations'] {
  const { all } = parseAnswer(stdout)
  const grouped = new Map<string, { badLines: number[]; pins: SurveyedGeneration['pins'][number][] }>()
  for (const [generation = ''] of all('head')) grouped.set(generation, { badLines: [], pins: [] })
  for (const [generation = '', line] of all('bad')) grouped.get(generation)?.badLines.push(Number(line))
  for (const [generation = '', name = '', found = '', wanted = ''] of all('pin'))
    grouped.get(generation)?.pins.push({ name, found, wanted })
  const word = (key: string) => new Map(all(key).map(([generation = '', text = '']) => [generation, text]))
  const [heads, digests, stands] = [word('head'), word('digest'), word('stands')]
  return new Map(
    [...grouped].map(([generation, rest]) => [
      generation,
      {
        head: heads.get(generation) ?? '',
        digest: digests.get(generation)?.slice(0, 64) ?? '',
        stands: stands.get(generation) ?? '',
        ...rest,
      },
    ]),
  )
}

const membersOf = (packed: string): readonly Member[] =>
  [
    ...new Set(
      Buffer.from(inflated(Buffer.from(packed, 'base64')))
        .toString('utf8')
        .split('\n'),
    ),
  ].flatMap((line) => {
    const [name, version, sha256 = '', size, file = ''] = line.split('\t')
    return name && version ? [{ name, version, sha256, size: Number(size), file }] : []
  })

const SURVEY = sh`finish_if_left
scratch=$(mktemp -d) || unwritten "a temporary folder"
trap 'rm -rf -- "$scratch"' EXIT
trap 'exit 143' HUP INT TERM
entries
survey_generations
printf 'members\t'
gzip -1 <"$scratch/members" | base64 -w0
echo
cd -- "$root" 2>/dev/null || exit 0
{
  find "frozen/$domain" -mindepth 1 -maxdepth 1 -xtype f -name "\${only:-*}.json"
  find "frozen/$domain" -mindepth 2 -maxdepth 2 -xtype f -path "frozen/$domain/\${only:-*}.sigs/*.sig"
  find "channels/$domain" -mindepth 2 -maxdepth 2 -xtype f -name '[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].json' | sort |
    awk -F/ '$3 !~ /[^A-Za-z0-9._+~-]/ { last[$3] = $0 } END { for (channel in last) print last[channel] }' |
    while read -r pointer; do
      printf '%s\n' "$pointer"
      find "\${pointer%.json}.sigs" -mindepth 1 -maxdepth 1 -xtype f -name '*.sig'
    done
} 2>/dev/null | grep -v '[^A-Za-z0-9._+~/-]' >"$scratch/found"
tr '\n' '\0' <"$scratch/found" | xargs -0 -r stat -L --printf '%s\t%n\n' -- | scratch=$scratch awk -F'\t' '
  $1 > 65536 { print "large\t.gachette/" $2; next }
  { print ".gachette/" $2 >(ENVIRON["scratch"] "/records") }'
pack_all "$scratch/records"`
