import { readFileSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hashedName, type KnownHostsLine, keyTypeOf, parseKnownHosts } from '../inventory/index.ts'

/** The known_hosts files of a run: read once, written in turn. A file that does not exist has no lines. */
export class KnownHostsFiles {
  readonly #read = new Map<string, Promise<KnownHostsLine[]>>()
  readonly #together = new Map<string, Promise<KnownHostsLine[]>>()
  #queue: Promise<unknown> = Promise.resolve()

  /** All usable lines of several files, in order, as they were when the run first asked. */
  lines(files: readonly string[]): Promise<KnownHostsLine[]> {
    // Put together once: a thousand hosts with a thousand lines ask.
    const key = files.join('\0')
    const known = this.#together.get(key)
    if (known) return known
    const together = Promise.all(files.map((file) => this.#of(file))).then((lines) => lines.flat())
    this.#together.set(key, together)
    return together
  }

  #of(file: string): Promise<KnownHostsLine[]> {
    const lines = this.#read.get(file) ?? readFile(file, 'utf8').then(parsed(file), missing)
    this.#read.set(file, lines)
    return lines
  }

  /** The same, as they are now. */
  linesNow(files: readonly string[]): KnownHostsLine[] {
    return files.flatMap((file) => {
      try {
        return parsed(file)(readFileSync(file, 'utf8'))
      } catch (error) {
        return missing(error as NodeJS.ErrnoException)
      }
    })
  }

  /** Runs one look-then-write after the other, so that this run never writes a key twice. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => {})
    return done
  }

  /**
   * Adds a key to a file, made with mode 0600 when missing. One append of one short write: lines of programs that do
   * this at the same time stay whole.
   */
  async append(file: string, name: string, key: Buffer, hashed: boolean): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(file, 'a+', 0o600)
    try {
      const { size } = await handle.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await handle.read(last, 0, 1, size - 1)
      const start = size > 0 && last[0] !== 0x0a ? '\n' : ''
      await handle.write(
        `${start}${hashed ? hashedName(name) : name} ${keyTypeOf(key)} ${key.toString('base64')}\n`,
      )
    } finally {
      await handle.close()
    }
  }
}

const parsed = (file: string) => (text: string) => parseKnownHosts(text, file)

function missing(error: NodeJS.ErrnoException): KnownHostsLine[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
  throw error
}
