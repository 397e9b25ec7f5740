import { createHash } from 'node:crypto'
import { chmodSync, closeSync, linkSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Parser, type ReadEntry } from 'tar'
import { printable, TaskError } from '../shell/index.ts'

/**
 * Unpacks a tar stream into a new folder. Whoever sent it may be hostile: a member lands where its name says, below the
 * folder, in a folder that the stream itself has made, or the whole is refused. Symbolic links are made as they are, and
 * nothing is ever written through one.
 */
export class Untar {
  /** Content of files so far. */
  bytes = 0
  readonly #root: string
  readonly #parser: Parser
  readonly #folders = new Map<string, number>()
  readonly #sums = new Map<string, string>()
  #ended = false
  #file: number | undefined

  /** Makes the folder; it must not exist. */
  constructor(root: string) {
    this.#root = root
    mkdirSync(root, { mode: 0o700 })
    this.#folders.set('', 0o700)
    this.#parser = new Parser({ strict: true, onReadEntry: (entry) => this.#enter(entry) })
    this.#parser.on('end', () => {
      this.#ended = true
    })
  }

  /** Throws when a member is refused, or the stream is no tar. */
  write(chunk: Buffer): void {
    this.#parser.write(chunk)
  }

  /** The sums of all files: path relative to the folder → lower-case hex sha256. Throws when the stream was cut. */
  end(): ReadonlyMap<string, string> {
    this.#parser.end()
    if (!this.#ended) throw new TaskError('the archive was cut off')
    // Innermost first: a folder that may not be written to is still to be filled until now.
    for (const [path, mode] of [...this.#folders].reverse())
      if (path !== '') chmodSync(join(this.#root, path), mode)
    return this.#sums
  }

  abandon(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #enter(entry: ReadEntry): void {
    const path = this.#place(entry.path)
    const full = join(this.#root, path)
    const mode = (entry.mode ?? 0o600) & 0o7777
    switch (entry.type) {
      case 'Directory':
        if (path !== '') mkdirSync(full, { mode: 0o700 })
        this.#folders.set(path, mode)
        break
      case 'File':
      case 'OldFile':
      case 'ContiguousFile':
        this.#receive(entry, path, mode)
        return
      case 'SymbolicLink':
        symlinkSync(entry.linkpath ?? '', full)
        break
      case 'Link': {
        const target = this.#place(entry.linkpath ?? '')
        const sum = this.#sums.get(target)
        if (sum === undefined) throw refused(entry.linkpath ?? '')
        linkSync(join(this.#root, target), full)
        this.#sums.set(path, sum)
        break
      }
      default:
        throw new TaskError(`${printable(entry.path)} is neither file, folder nor link (${entry.type})`)
    }
    entry.resume()
  }

  #receive(entry: ReadEntry, path: string, mode: number): void {
    const hash = createHash('sha256')
    const file = openSync(join(this.#root, path), 'wx', 0o600)
    this.#file = file
    entry.on('data', (chunk: Buffer) => {
      hash.update(chunk)
      for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
      this.bytes += chunk.length
    })
    entry.on('end', () => {
      closeSync(file)
      this.#file = undefined
      chmodSync(join(this.#root, path), mode)
      this.#sums.set(path, hash.digest('hex'))
    })
  }

  /** The member's path below the folder; throws where it would be elsewhere. */
  #place(name: string): string {
    const parts = name.split('/').filter((part, at) => part !== '.' && (part !== '' || at === 0))
    if (parts.includes('..') || parts[0] === '' || name === '') throw refused(name)
    const parent = parts.slice(0, -1).join('/')
    if (!this.#folders.has(parent)) throw refused(name)
    return parts.join('/')
  }
}

const refused = (name: string) => new TaskError(`the archive was refused: a member named ${printable(name)}`)
