import { createHash } from 'node:crypto'
import { isDebFileName } from '../../deb/index.ts'
import { printable, TaskError } from '../../shell/index.ts'
import { type Generation, type Pin, parseGeneration, parsePin } from '../manifest.ts'
import { isDigest, isGeneration } from './shape.ts'

/** A manifest that holds what it says: every pin well formed, sorted, and of the digest of its head. */
export interface Manifest {
  readonly head: Generation
  readonly packages: readonly Pin[]
}

/** The manifest of a generation does not hold what it says. */
export class BadManifest extends TaskError {
  override readonly code = 'bad-manifest'
}

/**
 * Reads a manifest and counts its digest again, from nothing but its lines. Throws a BadManifest: its digest is what
 * people sign, so no two different lists may have one.
 */
export function readManifest(text: string, file: string): Manifest {
  const [first = '', ...lines] = text.split('\n')
  const head = parseGeneration(first)
  const last = lines.lastIndexOf(']}')
  if (last === -1 || lines.slice(last + 1).join('') !== '')
    throw new BadManifest(`${file} is cut: its last line is missing`)
  const packages = lines.slice(0, last).map((line) => wellFormed(line, file))
  const unsorted = packages.find(({ name }, at) => at > 0 && name <= (packages[at - 1]?.name ?? ''))
  if (unsorted) throw new BadManifest(`${file} was changed: ${unsorted.name} stands twice or out of order`)
  const found = digestOf(packages)
  if (!isGeneration(head.generation)) throw new BadManifest(`${file} names no generation`)
  if (found !== head.digest)
    throw new BadManifest(`${file} was changed: its digest is ${head.digest}, and its packages make ${found}`)
  if (head.count !== packages.length)
    throw new BadManifest(`${file} was changed: it counts ${head.count} packages, and has ${packages.length}`)
  return { head, packages }
}

/** sha256 of the lines `name version architecture sha256`, sorted; `-` for what is not known. */
export function digestOf(packages: readonly Pin[]): string {
  const hash = createHash('sha256')
  for (const { name, version, architecture = '-', sha256 = '-' } of packages)
    hash.update(`${name} ${version} ${architecture} ${sha256}\n`)
  return hash.digest('hex')
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,127}$/
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+~:-]{0,199}$/
const ARCHITECTURE = /^[a-z0-9-]+$/

/**
 * A package's line begins as a shell reads it and is whole as JSON is: both kinds of readers see the same package.
 * Any text in it could otherwise be written so that two lists have one digest.
 */
function wellFormed(line: string, file: string): Pin {
  const wrong = () => new BadManifest(`${file} was changed: ${printable(line.slice(0, 100))} is no package`)
  if (!line.startsWith('{"name":"')) throw wrong()
  const pin = parsePin(line)
  const { name, version, architecture = '', sha256 = '', file: deb = '', size = 0 } = pin
  const isSafe =
    NAME.test(name) &&
    VERSION.test(version) &&
    (architecture === '' || ARCHITECTURE.test(architecture)) &&
    (sha256 === '' || isDigest(sha256)) &&
    (deb === '' || isDebFileName(deb))
  const start = `{"name":"${name}","version":"${version}","architecture":"${architecture}","sha256":"${sha256}","file":"${deb}","size":${size},`
  if (!isSafe || !line.startsWith(start) || KEYS.test(line.slice(start.length))) throw wrong()
  return pin
}

/** A key that stands a second time would win for a reader of JSON, and the first for a shell. */
const KEYS = /"(name|version|architecture|sha256|file|size)":/
