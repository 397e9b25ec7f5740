import { printable } from '../../shell/index.ts'
import type { Pin } from '../manifest.ts'

/**
 * What apt would read in these indexes (`main/binary-<architecture>/Packages` → text) otherwise than the stack has it;
 * undefined: they tell of exactly its packages. What a package says of itself beside that, dpkg takes from the .deb.
 */
export function wrongIn(indexes: ReadonlyMap<string, string>, packages: readonly Pin[]): string | undefined {
  const left = new Map(packages.map((pin) => [pin.name, pin]))
  for (const [path, text] of indexes) {
    if (text === '') continue
    if (!text.endsWith('\n\n')) return `${path} is cut`
    for (const stanza of text.slice(0, -2).split('\n\n')) {
      const fields = fieldsOf(stanza)
      if (fields === undefined) return `${path} has what is no package: ${printable(stanza.slice(0, 80))}`
      const name = fields.get('package') ?? ''
      const pin = left.get(name)
      const isSame =
        pin !== undefined &&
        path === `main/binary-${pin.architecture}/Packages` &&
        Object.entries(toldOf(pin)).every(([key, value]) => fields.get(key) === value)
      if (!isSame) return `${path} has ${printable(name)} otherwise, or twice`
      left.delete(name)
    }
  }
  const [lacking] = left.keys()
  return lacking === undefined ? undefined : `${lacking} is in no index`
}

const toldOf = ({ version, architecture, sha256, file, size }: Pin) => ({
  version,
  architecture,
  sha256,
  filename: `debs/${file}`,
  size: String(size),
})

/** apt would take one of these for the digest, or for the file. */
const OTHERS = ['md5sum', 'sha1', 'sha512']

/** Names in lower case, as apt compares them; undefined where two readers could read the stanza in two ways. */
function fieldsOf(stanza: string): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>()
  for (const line of stanza.split('\n')) {
    if (line.includes('\r') || line.includes('\0')) return undefined
    if (/^[ \t]+[^ \t]/.test(line) && fields.size > 0) continue
    const [, name = '', value = ''] = /^([!-"$-,.-9;-~][!-9;-~]*):[ \t]*(.*)$/.exec(line) ?? []
    const key = name.toLowerCase()
    if (key === '' || fields.has(key) || OTHERS.includes(key)) return undefined
    fields.set(key, value)
  }
  return fields
}
