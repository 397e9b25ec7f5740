import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hashedName, type KnownHostsLine, keyTypeOf, parseKnownHosts } from '../inventory/index.ts'

/** All usable lines of several known_hosts files, in order; a file that does not exist has none. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHostsLine[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(emptyIfMissing)))
  return texts.flatMap((text, at) => parseKnownHosts(text, files[at] ?? ''))
}

let queue: Promise<unknown> = Promise.resolve()

/** Runs one look-then-write after the other, so that connections of this program never write a key twice. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = queue.then(work)
  queue = done.catch(() => {})
  return done
}

/**
 * Adds a key to a known_hosts file, made with mode 0600 when missing. One append of one short write: lines of
 * processes that do this at the same time stay whole.
 */
export async function appendKnownHost(
  file: string,
  name: string,
  key: Buffer,
  hashed: boolean,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    const start = size > 0 && last[0] !== 0x0a ? '\n' : ''
    const line = `${hashed ? hashedName(name) : name} ${keyTypeOf(key)} ${key.toString('base64')}\n`
    await handle.write(start + line)
  } finally {
    await handle.close()
  }
}

function emptyIfMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return ''
  throw error
}
