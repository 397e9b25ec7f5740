import type { Readable, Writable } from 'node:stream'
import { Secret } from '../shell/index.ts'
import type { ExecOptions } from './session.ts'

/** What a command reads: bytes at hand, a stream, or bytes for an `intake`, which knows itself where they end. */
export type Input =
  | Uint8Array
  | { readonly stream: Readable }
  | { readonly unframed: AsyncIterable<Uint8Array | string> }

export function inputOf(stdin: ExecOptions['stdin']): Input | undefined {
  if (stdin === undefined) return undefined
  if (stdin instanceof Secret) return Buffer.from(stdin.reveal())
  if (typeof stdin === 'string') return Buffer.from(stdin)
  return stdin instanceof Uint8Array ? stdin : { stream: stdin }
}

/**
 * Writes the preamble and the frames the lifeline hands on to the command, never faster than they are taken, and leaves
 * stdin open: its end would mean that we are gone.
 */
export class Feeder {
  readonly #stdin: Writable
  readonly #input: Input | undefined
  #stopped = false
  #wake = () => {}

  constructor(stdin: Writable, input: Input | undefined) {
    this.#stdin = stdin
    this.#input = input
    // A process that ended, or a lost connection, is told by its ending; what was not taken is nobody's fault.
    stdin.on('error', () => {})
  }

  /** Resolves when everything is handed over or nobody takes it any more; rejects when the source does. */
  async feed(preamble: Buffer): Promise<void> {
    if (preamble.length > 0) await this.#write(preamble)
    try {
      if (this.#input) await this.#frames(this.#input)
    } catch (error) {
      if (!this.#stopped) throw error
    }
  }

  /** Hands over nothing more. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#wake()
    // A source that is silent now would keep us waiting for ever.
    if (this.#input && 'stream' in this.#input) this.#input.stream.destroy()
  }

  async #frames(input: Input): Promise<void> {
    if (input instanceof Uint8Array) {
      if (input.length > 0) await this.#frame(input)
    } else if ('unframed' in input) {
      for await (const chunk of input.unframed) {
        if (this.#stopped) return
        await this.#write(chunk)
      }
      return
    } else {
      for await (const chunk of input.stream) {
        if (this.#stopped) return
        if (chunk.length > 0) await this.#frame(chunk)
      }
    }
    await this.#write('0\n')
  }

  async #frame(chunk: Uint8Array | string): Promise<void> {
    await this.#write(`${Buffer.byteLength(chunk)}\n`)
    await this.#write(chunk)
  }

  /** Resolves when more may be written, or when there is no point in it. */
  #write(chunk: Uint8Array | string): Promise<void> | undefined {
    const stdin = this.#stdin
    if (this.#stopped || stdin.writableEnded || stdin.destroyed || stdin.write(chunk)) return undefined
    return new Promise((resolve) => {
      stdin.once('drain', resolve)
      this.#wake = () => {
        stdin.off('drain', resolve)
        resolve()
      }
    })
  }
}
