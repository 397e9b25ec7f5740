import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'

/** What is in a .deb: a line for each path of its control files and of its files, and the digests of both archives. */
export interface DebContents {
  /** `control/postinst`, `data/usr/bin/x` → type, mode, time, and digest or target. */
  readonly entries: ReadonlyMap<string, string>
  /** sha256 of the two archives, unpacked: what compression does not change. */
  readonly archives: string
}

/** Where two packages differ. */
export interface Difference {
  /** `control/control`, `data/usr/share/x`. */
  readonly path: string
  readonly how:
    | 'only in the recorded one'
    | 'only in the new one'
    | 'other content'
    | 'other mode, type or time'
    | 'other order or owners'
    | 'compressed otherwise'
}

/** Reads what is in a .deb; unpacks it into a temporary folder of the host. */
export const contentsOf = (path: string): Query<DebContents> => ({
  command: script(sh`export LC_ALL=C TZ=UTC
dir=$(mktemp -d) || exit
trap 'chmod -R u+rwX -- "$dir"; rm -rf -- "$dir"' EXIT
dpkg-deb -e ${path} "$dir/control" && dpkg-deb -x ${path} "$dir/data" || exit
{ dpkg-deb --ctrl-tarfile ${path} | sha256sum; dpkg-deb --fsys-tarfile ${path} | sha256sum; } | tr -d '\n -'
printf '\0'
cd -- "$dir" && find control data -mindepth 1 -printf '%y %m %T@ %l\t%p\0' && printf '\0' && chmod -R u+rwX . &&
  find control data -type f -exec sha256sum -z -- {} +`),
  parse: parseContents,
  assumed: { entries: new Map(), archives: '' },
})

function parseContents(stdout: string): DebContents {
  const [archives = '', ...rest] = stdout.split('\0')
  const end = rest.indexOf('')
  if (!/^[0-9a-f]{128}$/.test(archives) || end < 0)
    throw new TaskError('the host did not say what is in a package')
  const entries = new Map<string, string>()
  for (const line of rest.slice(0, end)) {
    const cut = line.indexOf('\t')
    entries.set(line.slice(cut + 1), line.slice(0, cut))
  }
  for (const line of rest.slice(end + 1)) {
    const [sum, path] = [line.slice(0, 64), line.slice(66)]
    const entry = entries.get(path)
    if (entry !== undefined) entries.set(path, `${entry}\t${sum}`)
  }
  return { entries, archives }
}

/** Where the contents of two packages differ, by path; empty where only order, owners or compression do. Pure. */
export function differences(recorded: DebContents, rebuilt: DebContents): readonly Difference[] {
  const paths = [...new Set([...recorded.entries.keys(), ...rebuilt.entries.keys()])].sort()
  return paths.flatMap((path): Difference[] => {
    const [was, is] = [recorded.entries.get(path), rebuilt.entries.get(path)]
    if (was === is) return []
    if (is === undefined) return [{ path, how: 'only in the recorded one' }]
    if (was === undefined) return [{ path, how: 'only in the new one' }]
    const [facts, sum] = was.split('\t')
    const [factsNow, sumNow] = is.split('\t')
    const isMeta = sum === sumNow && targetOf(facts) === targetOf(factsNow)
    return [{ path, how: isMeta ? 'other mode, type or time' : 'other content' }]
  })
}

/** What a link points to. */
const targetOf = (facts = ''): string => facts.split(' ').slice(3).join(' ')

/** Where two packages differ, each on its own host. */
export async function compareDebs(
  recorded: { readonly remote: Remote; readonly path: string },
  rebuilt: { readonly remote: Remote; readonly path: string },
): Promise<readonly Difference[]> {
  const [was, is] = await Promise.all(
    [recorded, rebuilt].map(({ remote, path }) =>
      remote.ask(contentsOf(path), { title: `look into ${path}` }),
    ),
  )
  if (was === undefined || is === undefined) return []
  const found = differences(was, is)
  if (found.length > 0) return found
  const isSameInside = was.archives === is.archives
  return [{ path: 'the whole', how: isSameInside ? 'compressed otherwise' : 'other order or owners' }]
}
