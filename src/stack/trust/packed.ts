import { gunzipSync } from 'node:zlib'
import { TaskError } from '../../shell/index.ts'
import type { Answer } from '../facts.ts'

/** Files that a script packed (shell/pack.ts): path below META → its exact bytes. */
export type Packed = ReadonlyMap<string, Uint8Array>

/** Takes apart what `pack` printed, also several times; throws a TaskError where a file changed while it was read. */
export function unpack(answer: Answer): Packed {
  const blobs = answer.all('blob').map(([text = '']) => Buffer.from(text, 'base64'))
  const files = answer.all('file').map(([size, path = '']) => ({ size: Number(size), path }))
  const total = files.reduce((sum, { size }) => sum + size, 0)
  if (!files.every(({ size }) => Number.isSafeInteger(size) && size >= 0)) throw changed()
  const bytes = Buffer.concat(blobs.map((blob) => inflated(blob, total)))
  if (bytes.length !== total) throw changed()
  const unpacked = new Map<string, Uint8Array>()
  let at = 0
  for (const { size, path } of files) {
    unpacked.set(path, bytes.subarray(at, at + size))
    at += size
  }
  return unpacked
}

/** An answer of 16 MiB could be the packed form of 16 GiB. */
const MOST_BYTES = 256 << 20

/** What was packed for an answer; throws a TaskError where it is damaged, or longer than anything of a store's. */
export function inflated(blob: Uint8Array, most = MOST_BYTES): Uint8Array {
  try {
    return gunzipSync(blob, { maxOutputLength: Math.min(most, MOST_BYTES) + 1 })
  } catch (cause) {
    throw changed(cause)
  }
}

const changed = (cause?: unknown) =>
  new TaskError('the files of the store changed while they were read', { hint: 'repeat it', cause })

/** The signatures that lie beside a record, by their paths in order; `record` is its path, with `.json`. */
export const signaturesBeside = (packed: Packed, record: string): readonly SignatureFile[] => {
  const folder = `${record.replace(/\.json$/, '')}.sigs/`
  return [...packed]
    .filter(([path]) => path.startsWith(folder))
    .map(([file, bytes]) => ({ file, bytes }))
    .sort((one, other) => (one.file < other.file ? -1 : 1))
}

/** A signature as it lies in the store. */
export interface SignatureFile {
  /** Below META. */
  readonly file: string
  readonly bytes: Uint8Array
}
