import { printable } from '../../../shell/index.ts'
import type { Pin } from '../../manifest.ts'
import { readManifest } from '../../trust/digest.ts'
import { places } from '../../trust/read.ts'
import {
  type ChannelPointer,
  type FreezeRecord,
  parseChannelPointer,
  parseFreezeRecord,
} from '../../trust/record.ts'
import { BadArchive, type ReadEntry, readTar, type TarEntry } from './tar-reader.ts'

/** A bundle that is whole: one frozen stack with every file that belongs to it, and nothing else. */
export interface Bundle {
  readonly file: string
  /** Of the whole file, lower-case hex. */
  readonly sha256: string
  readonly frozen: FreezeRecord
  readonly packages: readonly Pin[]
  /** The pointer of the channel it was asked for by. */
  readonly channel?: ChannelPointer
  /** Names of the apt suites in it. */
  readonly suites: readonly string[]
  /** Path → bytes of the records and their signatures. */
  readonly records: ReadonlyMap<string, Uint8Array>
}

const MiB = 1 << 20
const NAME = '[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}'
const PACKAGE = 'packages/[A-Za-z0-9][A-Za-z0-9+._-]{0,127}/version/[A-Za-z0-9][A-Za-z0-9.+~:-]{0,199}'

/** All that a bundle may hold: there is no way up, and none out, in any of these. With what is kept of it, and its size. */
const KINDS: readonly (readonly [RegExp, 'bytes' | 'digest' | 'nothing', number])[] = [
  [new RegExp(`^\\.gachette/frozen/${NAME}/${NAME}\\.json$`), 'bytes', MiB / 16],
  [new RegExp(`^\\.gachette/frozen/${NAME}/${NAME}\\.sigs/[0-9a-f]{16}\\.sig$`), 'bytes', MiB / 16],
  [new RegExp(`^\\.gachette/channels/${NAME}/${NAME}/\\d{8}\\.json$`), 'bytes', MiB / 16],
  [new RegExp(`^\\.gachette/channels/${NAME}/${NAME}/\\d{8}\\.sigs/[0-9a-f]{16}\\.sig$`), 'bytes', MiB / 16],
  [new RegExp(`^\\.gachette/gen/${NAME}/${NAME}/\\.manifest\\.json$`), 'bytes', 64 * MiB],
  [new RegExp(`^dists/${NAME}/${NAME}/(Release|InRelease|\\.key)$`), 'nothing', MiB],
  [new RegExp(`^dists/${NAME}/${NAME}/main/binary-[a-z0-9-]+/Packages(\\.[gx]z)?$`), 'nothing', 512 * MiB],
  [new RegExp(`^${PACKAGE}/file$`), 'bytes', 256],
  [new RegExp(`^${PACKAGE}/(manifest|sbom)\\.json$`), 'nothing', 64 * MiB],
  [new RegExp(`^${PACKAGE}/build\\.log\\.gz$`), 'nothing', 1024 * MiB],
  [/^debs\/[A-Za-z0-9][A-Za-z0-9._+~:%-]{0,215}\.deb$/, 'digest', Number.POSITIVE_INFINITY],
]

/**
 * Reads a bundle of this machine, and holds it to itself: the freeze record's digest is that of the packages in the
 * generation's manifest, and each of these is there, with the bytes of its digest. Throws a BadArchive that says what is
 * not so. Signatures are for others to judge.
 */
export async function readBundle(file: string): Promise<Bundle> {
  const bad = (why: string) => new BadArchive(`${file}: ${why}`)
  const { entries, sha256 } = await readTar(file, (entry) => kindOf(entry, bad))
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const records = new Map(
    entries.flatMap(({ path, bytes }) =>
      bytes && path.startsWith('.gachette/') ? [[path, bytes] as const] : [],
    ),
  )
  const frozen = frozenOf(records, bad)
  const { domain, stack } = frozen
  const channel = channelOf(records, frozen, bad)
  const packages = packagesOf(records, frozen, bad)
  const expected = new Set([...records.keys()].filter((path) => belongs(path, frozen, channel)))
  for (const pin of packages) for (const path of filesOf(pin, byPath, bad)) expected.add(path)
  const suites = [stack, ...(channel ? [channel.channel] : [])]
  const isExpected = (path: string) =>
    expected.has(path) || suites.some((suite) => path.startsWith(`dists/${domain}/${suite}/`))
  for (const { path } of entries)
    if (!isExpected(path)) throw bad(`${path} is of no package of stack ${stack}`)
  return {
    file,
    sha256,
    frozen,
    packages,
    ...(channel && { channel }),
    suites: suites.filter((suite) => byPath.has(`dists/${domain}/${suite}/Release`)),
    records,
  }
}

function kindOf({ path, size }: TarEntry, bad: (why: string) => Error): 'bytes' | 'digest' | 'nothing' {
  const kind = KINDS.find(([pattern]) => pattern.test(path))
  if (kind === undefined) throw bad(`${printable(path)} is nothing that belongs into a bundle`)
  if (size > kind[2]) throw bad(`${path} is too large: ${size} bytes`)
  return kind[1]
}

type Records = ReadonlyMap<string, Uint8Array>

function frozenOf(records: Records, bad: (why: string) => Error): FreezeRecord {
  const [path, another] = [...records.keys()].filter((each) => /^\.gachette\/frozen\/.*\.json$/.test(each))
  if (path === undefined) throw bad('it holds no freeze record: it is no bundle of a stack')
  if (another !== undefined) throw bad('it holds more than one stack')
  const record = parseFreezeRecord(records.get(path) ?? new Uint8Array(), path)
  if (places.frozen(record.domain, record.stack) !== path)
    throw bad(`${path} is the record of stack ${record.stack} (domain ${record.domain})`)
  return record
}

function channelOf(
  records: Records,
  { domain, stack, digest }: FreezeRecord,
  bad: (why: string) => Error,
): ChannelPointer | undefined {
  const [path, another] = [...records.keys()].filter((each) => /^\.gachette\/channels\/.*\.json$/.test(each))
  if (path === undefined) return undefined
  if (another !== undefined) throw bad('it holds more than one pointer of a channel')
  const pointer = parseChannelPointer(records.get(path) ?? new Uint8Array(), path)
  if (places.pointer(pointer.domain, pointer.channel, String(pointer.number).padStart(8, '0')) !== path)
    throw bad(`${path} is number ${pointer.number} of channel ${pointer.channel} (domain ${pointer.domain})`)
  if (pointer.domain !== domain || pointer.stack !== stack || pointer.digest !== digest)
    throw bad(`${path} does not point to stack ${stack}`)
  return pointer
}

function packagesOf(
  records: Records,
  { domain, stack, generation, digest, count }: FreezeRecord,
  bad: (why: string) => Error,
): readonly Pin[] {
  const path = places.manifest(domain, generation)
  const bytes = records.get(path)
  if (bytes === undefined) throw bad(`${path} is missing`)
  const { head, packages } = readManifest(Buffer.from(bytes).toString('utf8'), path)
  if (head.generation !== generation || packages.length !== count)
    throw bad(`${path} is not the list of packages that stack ${stack} was frozen with`)
  if (head.digest !== digest)
    throw bad(`the packages of stack ${stack} make digest ${head.digest}, and it was frozen with ${digest}`)
  return packages
}

/** The record's and the pointer's own files and signatures; whatever else lies beside is refused. */
function belongs(path: string, frozen: FreezeRecord, channel: ChannelPointer | undefined): boolean {
  const { domain, stack, generation } = frozen
  const own = [places.frozen(domain, stack)]
  if (channel) own.push(places.pointer(domain, channel.channel, String(channel.number).padStart(8, '0')))
  return (
    path === places.manifest(domain, generation) ||
    own.some((each) => path === each || path.startsWith(`${each.slice(0, -'.json'.length)}.sigs/`))
  )
}

/** The files of a package, of which some need not be there. */
function filesOf(
  { name, version, file, sha256, size }: Pin,
  byPath: ReadonlyMap<string, ReadEntry>,
  bad: (why: string) => Error,
): readonly string[] {
  if (file === undefined || sha256 === undefined) throw bad(`${name} ${version} had lost its .deb`)
  const deb = byPath.get(`debs/${file}`)
  if (deb === undefined) throw bad(`debs/${file} (${name} ${version}) is missing`)
  if (deb.sha256 !== sha256 || deb.size !== size)
    throw bad(
      `debs/${file} (${name} ${version}) was changed\n  frozen:  sha256 ${sha256}\n  this one: sha256 ${deb.sha256}`,
    )
  const folder = `packages/${name}/version/${version}`
  if (!byPath.has(`${folder}/manifest.json`)) throw bad(`${folder}/manifest.json is missing`)
  if (Buffer.from(byPath.get(`${folder}/file`)?.bytes ?? []).toString() !== `${file}\n`)
    throw bad(`${folder}/file does not name ${file}`)
  const optional = ['sbom.json', 'build.log.gz'].map((each) => `${folder}/${each}`)
  return [`debs/${file}`, `${folder}/manifest.json`, `${folder}/file`, ...optional]
}
