import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { printable, TaskError } from '../shell/index.ts'

/** A local folder, read: what to send, and the digest the far side must find in what arrived. */
export interface Tree {
  readonly root: string
  /** Of all its files. */
  readonly bytes: number
  /** What TREE_DIGEST prints of it, without the `  -`. */
  readonly digest: string
}

/** Digest of all files of the working folder by path and content. Names may hold anything, so NUL ends each. */
export const TREE_DIGEST = 'find . -type f -print0|LC_ALL=C sort -z|xargs -0r sha256sum -z|sha256sum'

/** The same digest of files whose sums are known: path relative to the folder → lower-case hex. */
export function treeDigest(sums: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256')
  const lines = [...sums].map(([path, sum]) => ({ path: Buffer.from(`./${path}`), sum }))
  lines.sort((a, b) => Buffer.compare(a.path, b.path))
  for (const { path, sum } of lines) hash.update(`${sum}  `).update(path).update('\0')
  return hash.digest('hex')
}

/** Reads every file of a folder once. Rejects when it holds what no copy can: a socket, a device. */
export async function readTree(root: string): Promise<Tree> {
  const sums = new Map<string, string>()
  let bytes = 0
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (path.includes('\ufffd') && !(await isThere(path)))
      throw new TaskError(`${printable(path)} has a name that is not UTF-8`)
    if (entry.isFile()) {
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(path)) {
        hash.update(chunk)
        bytes += chunk.length
      }
      sums.set(path.slice(root.length).replace(/^\/+/, ''), hash.digest('hex'))
    } else if (!entry.isDirectory() && !entry.isSymbolicLink()) {
      throw new TaskError(`${printable(path)} is neither file, folder nor symbolic link`)
    }
  }
  return { root, bytes, digest: treeDigest(sums) }
}

/** Node puts U+FFFD for bytes that are no UTF-8, and finds no such file then. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** A frame is a process on the far side: few and large. */
const FRAME_BYTES = 1 << 20

/** The folder as a tar stream in frames (a line with their length, then the bytes; 0 is the end), then its digest. */
export async function* packTree(
  tree: Tree,
  { onProgress }: { onProgress?: (doneBytes: number, totalBytes: number | undefined) => void },
): AsyncGenerator<Uint8Array | string> {
  let frame: Buffer[] = []
  let size = 0
  let done = 0
  function* flush() {
    if (size === 0) return
    yield `${size}\n`
    yield* frame
    done += size
    onProgress?.(done, undefined)
    frame = []
    size = 0
  }
  for await (const chunk of create({ cwd: tree.root, strict: true }, ['.'])) {
    frame.push(chunk)
    size += chunk.length
    if (size >= FRAME_BYTES) yield* flush()
  }
  yield* flush()
  yield `0\n${tree.digest}\n`
}
