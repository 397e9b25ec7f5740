import { isVersion } from '../deb/index.ts'
import { type Query, sh } from '../shell/index.ts'
import { isBuilt, originOf, type Store } from '../stack/index.ts'
import type { Change } from './change.ts'

/** Which commit each version of a package was built from: `name version` → full commit. */
export type Commits = ReadonlyMap<string, string>

/** Asks the store where versions come from: `name<TAB>version` per line on its stdin. Those it does not know are left out. */
export const commitsOf = ({ meta }: Store): Query<Commits> => ({
  command: sh`awk -F'\t' -v meta=${meta} '{
  file = meta "/packages/" $1 "/version/" $2 "/manifest.json"
  while ((getline line < file) > 0) if (index(line, "\"provenance\":") == 1) { print $1 "\t" $2 "\t" substr(line, 14); break }
  close(file)
}'`,
  parse: (stdout) =>
    new Map(
      stdout.split('\n').flatMap((line) => {
        const [name = '', version = '', json = ''] = line.split('\t')
        const origin = originOf(parsed(json.replace(/,$/, '')))
        return isBuilt(origin) && origin.commit !== undefined
          ? [[`${name} ${version}`, origin.commit] as const]
          : []
      }),
    ),
  assumed: new Map(),
})

/** What `commitsOf` is to be asked about these changes. */
export const versionsIn = (changes: readonly Change[]): string => {
  const pairs = changes.flatMap(({ type, name, was, version }) =>
    type === 'same'
      ? []
      : [was, version].flatMap((each) =>
          each !== undefined && isVersion(each) ? [`${name}\t${each}\n`] : [],
        ),
  )
  return [...new Set(pairs)].join('')
}

/** The same change, with the commits it goes from and to, where they are known. */
export function withCommits(change: Change, commits: Commits): Change {
  const of = (version: string | undefined) =>
    version === undefined ? undefined : commits.get(`${change.name} ${version}`)
  const [from, to] = [of(change.was), of(change.version)]
  return { ...change, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
