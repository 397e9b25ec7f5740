/** One file of an archive: its bytes, or how to read them. */
export interface Entry {
  readonly path: string
  readonly size: number
  readonly content: Uint8Array | (() => AsyncIterable<Uint8Array>)
  readonly mode?: number
}

/** A text as a file of an archive. */
export const textEntry = (path: string, text: string, mode = 0o644): Entry => {
  const content = Buffer.from(text, 'utf8')
  return { path, size: content.length, content, mode }
}

const BLOCK = 512

/** Each piece costs whoever sends it; the small ones of an archive travel together. */
const PIECE = 128 * 1024

/** A tar archive (POSIX ustar) of files that belong to root and are as old as the epoch: equal files, equal bytes. */
export async function* tar(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const part of parts(entries)) {
    held.push(part)
    size += part.length
    if (size < PIECE) continue
    yield Buffer.concat(held)
    held = []
    size = 0
  }
  yield Buffer.concat(held)
}

async function* parts(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield header(entry)
    if (typeof entry.content === 'function') {
      let done = 0
      for await (const chunk of entry.content()) {
        done += chunk.length
        yield chunk
      }
      if (done !== entry.size) throw new Error(`${entry.path} changed while it was read`)
    } else {
      yield entry.content
    }
    yield Buffer.alloc((BLOCK - (entry.size % BLOCK)) % BLOCK)
  }
  yield Buffer.alloc(2 * BLOCK)
}

/** The same as a whole, of entries that are in memory. */
export function tarBytes(entries: readonly (Entry & { readonly content: Uint8Array })[]): Buffer {
  const parts = entries.flatMap((entry) => [
    header(entry),
    entry.content,
    Buffer.alloc((BLOCK - (entry.size % BLOCK)) % BLOCK),
  ])
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

function header({ path, size, mode = 0o644 }: Entry): Buffer {
  const block = Buffer.alloc(BLOCK)
  if (Buffer.byteLength(path) > 99 || size > 0o77777777777) throw new Error(`${path} does not fit into a tar`)
  const isFolder = path.endsWith('/')
  block.write(path, 0)
  block.write(octal(mode, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(0, 11), 136)
  block.write('        ', 148)
  block.write(isFolder ? '5' : '0', 156)
  block.write('ustar\u000000', 257)
  block.write('root', 265)
  block.write('root', 297)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')
