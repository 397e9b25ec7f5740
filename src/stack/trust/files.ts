import { type Query, script, sh } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import { base } from '../shell/base.ts'
import type { Store } from '../store.ts'
import type { Problem } from './problem.ts'
import type { Member, Survey } from './survey.ts'

/** At most so many files, or bytes, are looked at by one command: progress is told between, and a cancel is quick. */
const MOST_FILES = 500
const MOST_BYTES = 2 ** 30

/**
 * Whether the file of every package is there, registered, and of its size; and its sha256, unless it is to be `quick`.
 * One command at a time, one file after the other: who verifies a store is a guest on its machine.
 */
export async function verifyFiles(
  remote: Remote,
  store: Store,
  { members, quick }: { readonly members: readonly Member[]; readonly quick: boolean },
): Promise<readonly Problem[]> {
  const batches = quick ? [members].filter(({ length }) => length > 0) : batched(members)
  const problems: Problem[] = []
  const done = { files: 0, bytes: 0 }
  for (const batch of batches) {
    const title = `${quick ? 'look at' : 'hash'} ${batch.length} of ${members.length} packages`
    const found = await remote.ask(filesQuery(store, quick), { stdin: requestOf(batch), title })
    problems.push(...found)
    done.files += batch.length
    done.bytes += sizeOf(batch)
    if (batches.length > 1)
      remote.log(
        `hashed ${done.files} of ${members.length} packages, ${mebibytes(done.bytes)} of ${mebibytes(sizeOf(members))}`,
      )
  }
  return problems
}

/** The same problems, with the stacks that pin their files. */
export async function usersOf(
  remote: Remote,
  store: Store,
  { found, files }: { readonly found: Survey; readonly files: readonly Problem[] },
): Promise<readonly Problem[]> {
  const debs = [...new Set(files.flatMap(({ deb }) => deb ?? []))]
  if (debs.length === 0) return files
  const stdin = debs.map((deb) => `"file":"${deb}"\n`).join('')
  const lines = await remote.ask(usersQuery(store, [...found.generations.keys()]), {
    stdin,
    title: `find the stacks that pin ${debs.length} packages`,
  })
  return files.map((each) => {
    const generations = lines.filter(([, deb]) => deb === each.deb).map(([generation]) => generation)
    const stacks = found.entries.flatMap((entry) =>
      entry.type === 'stack' && generations.includes(entry.generation) ? [entry.name] : [],
    )
    return { ...each, stacks }
  })
}

/** Pairs of a generation and the name of a file that it pins. */
const usersQuery = (
  store: Store,
  generations: readonly string[],
): Query<readonly (readonly [string, string])[]> => ({
  command: script(sh`${base(store)}
scratch=$(mktemp -d) || unwritten "a temporary folder"
trap 'rm -rf -- "$scratch"' EXIT
cat >"$scratch/files" || unwritten files
cd -- "$root/gen/$domain" || exit
printf '%s\0' ${generations.map((each) => `${each}/.manifest.json`)} | xargs -0 -r grep -HoF -f "$scratch/files" --
exit 0`),
  parse: (stdout) =>
    stdout.split('\n').flatMap((line) => {
      const [, generation, deb] = /^([^/]+)\/\.manifest\.json:"file":"([^"]+)"$/.exec(line) ?? []
      return generation && deb ? [[generation, deb] as const] : []
    }),
  assumed: [],
  failed: refusal(store),
})

function batched(members: readonly Member[]): readonly (readonly Member[])[] {
  const batches: Member[][] = []
  let bytes = 0
  for (const member of members) {
    const last = batches.at(-1)
    if (last === undefined || last.length >= MOST_FILES || bytes + member.size > MOST_BYTES) {
      batches.push([member])
      bytes = member.size
    } else {
      last.push(member)
      bytes += member.size
    }
  }
  return batches
}

const sizeOf = (members: readonly Member[]): number => members.reduce((sum, { size }) => sum + size, 0)
const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`
const requestOf = (members: readonly Member[]): string =>
  members
    .map(({ name, version, sha256, size, file }) => `${name}\t${version}\t${sha256}\t${size}\t${file}\n`)
    .join('')

const filesQuery = (store: Store, quick: boolean): Query<readonly Problem[]> => ({
  command: script(sh`${base(store)}
quick=${quick ? 'yes' : ''}
${FILES}`),
  parse: (stdout) =>
    parseAnswer(stdout).facts.flatMap(
      ([kind, name = '', version = '', file = '', wanted = '', found = '']) => {
        const what = SAID[kind]?.({ name, version, file, wanted, found })
        return what
          ? [
              {
                file:
                  kind === 'registry' || kind === 'described'
                    ? `packages/${name}/version/${version}`
                    : `debs/${file}`,
                what,
                package: `${name} ${version}`,
                deb: file,
              },
            ]
          : []
      },
    ),
  assumed: [],
  failed: refusal(store),
})

type Said = Readonly<Record<'name' | 'version' | 'file' | 'wanted' | 'found', string>>

const SAID: Readonly<Record<string, (said: Said) => string>> = {
  gone: ({ name, version }) => `is not there, and is ${name} ${version}`,
  size: ({ name, version, wanted, found }) => `has ${found} bytes, and ${name} ${version} has ${wanted}`,
  changed: ({ name, version, wanted, found }) =>
    `was changed: its sha256 is ${found}, and that of ${name} ${version} is ${wanted}`,
  registry: ({ name, version, file, found }) =>
    `file names ${found || 'nothing'}, and ${name} ${version} is ${file}`,
  described: ({ wanted, found }) =>
    `manifest.json says sha256 ${found || 'nothing'}, and stacks that pin it say ${wanted}`,
}

const FILES = sh`scratch=$(mktemp -d) || unwritten "a temporary folder"
trap 'rm -rf -- "$scratch"' EXIT
trap 'exit 143' HUP INT TERM
: >"$scratch/there" || unwritten there
while IFS=$tab read -r name version wanted size file; do
  place=$meta/packages/$name/version/$version
  first_word "$place/file" || word=
  case $word in
    "$file") ;;
    *) fact registry "$name" "$version" "$file" '' "$(printf %s "$word" | tr -c '[:graph:]' '?')" ;;
  esac
  if [ -f "$place/manifest.json" ]; then
    head_of "$place/manifest.json" || sum=
    [ "$sum" = "$wanted" ] || fact described "$name" "$version" "$file" "$wanted" "$(printf %s "$sum" | tr -c '[:graph:]' '?')"
  fi
  if [ -f "$meta/debs/$file" ]; then
    printf '%s\t%s\t%s\t%s\t%s\n' "$file" "$wanted" "$size" "$name" "$version" >>"$scratch/there" || unwritten there
  else
    fact gone "$name" "$version" "$file"
  fi
done
[ -s "$scratch/there" ] || exit 0
cut -f 1 "$scratch/there" >"$scratch/files" || unwritten files
cd -- "$meta/debs" || exit
xargs stat -L -c %s -- <"$scratch/files" >"$scratch/sizes" || unwritten stat
if [ -n "$quick" ]; then
  cut -f 2 "$scratch/there" >"$scratch/sums" || unwritten sums
else
  xargs sha256sum -- <"$scratch/files" >"$scratch/sums" || unwritten sha256sum
fi
paste -- "$scratch/there" "$scratch/sizes" "$scratch/sums" | awk -F'\t' -v OFS='\t' '
  { sum = substr($7, 1, 64) }
  $3 "" != $6 "" { print "size", $4, $5, $1, $3, $6 }
  $2 "" != sum "" && $3 "" == $6 "" { print "changed", $4, $5, $1, $2, sum }'`
