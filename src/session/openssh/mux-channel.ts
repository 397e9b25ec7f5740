import { Duplex, Readable } from 'node:stream'
import type { ExecChannel } from '../executor.ts'
import { string, uint32, type WireReader } from './wire.ts'

// Of RFC 4254 §9.
export const MSG = {
  open: 90,
  confirmation: 91,
  openFailure: 92,
  adjust: 93,
  data: 94,
  extended: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  failure: 100,
} as const

/** How much the host may send before it is told that we have taken it. */
export const WINDOW = 2 << 20
export const MOST_IN_PACKET = 32_768

type Send = (type: number, ...fields: readonly Uint8Array[]) => void

/** One session channel of a connection that ssh carries: stdin and stdout of a line, and its stderr. */
export class MuxChannel extends Duplex implements ExecChannel {
  readonly stderr: Readable
  readonly #send: Send
  readonly #remote: number
  #room: number
  readonly #most: number
  #unacknowledged = 0
  readonly #held = { stdout: 0, stderr: 0 }
  #unsent: { chunk: Buffer; done: () => void } | undefined
  #isClosing = false
  #isClosed = false
  #ended: { readonly code?: number; readonly signal?: string } = {}

  /** `remote`: the host's number for it; `room`, `most`: how much it takes, at all and in one packet. */
  constructor(
    send: Send,
    { remote, room, most }: { readonly remote: number; readonly room: number; readonly most: number },
  ) {
    super({ allowHalfOpen: true, autoDestroy: false, emitClose: false })
    this.#send = send
    this.#remote = remote
    this.#room = room
    this.#most = most
    this.stderr = new Readable({
      autoDestroy: false,
      emitClose: false,
      read: () => this.#taken('stderr'),
    })
  }

  /** A message about this channel; `fields` stands behind the channel's number. */
  hear(type: number, fields: WireReader): void {
    if (type === MSG.data) this.#pass('stdout', fields.string())
    else if (type === MSG.extended) {
      fields.uint32()
      this.#pass('stderr', fields.string())
    } else if (type === MSG.adjust) {
      this.#room += fields.uint32()
      this.#flush()
    } else if (type === MSG.request) this.#asked(fields)
    else if (type === MSG.eof) this.#endStreams()
    else if (type === MSG.close) this.lose()
  }

  /** The channel is no more, by the host's word or with its connection. */
  lose(): void {
    if (this.#isClosed) return
    this.close()
    this.#isClosed = true
    this.#endStreams()
    const unsent = this.#unsent
    this.#unsent = undefined
    unsent?.done()
    this.#tell('close', this.#ended.code, this.#ended.signal)
  }

  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#send(MSG.close, uint32(this.#remote))
  }

  override _read(): void {
    this.#taken('stdout')
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#unsent = { chunk, done }
    this.#flush()
  }

  override _final(done: () => void): void {
    if (!this.#isClosing) this.#send(MSG.eof, uint32(this.#remote))
    done()
  }

  #flush(): void {
    while (this.#unsent) {
      const { chunk, done } = this.#unsent
      if (chunk.length === 0 || this.#isClosing) {
        this.#unsent = undefined
        done()
        return
      }
      if (this.#room === 0) return
      const part = chunk.subarray(0, Math.min(this.#room, this.#most))
      this.#room -= part.length
      this.#unsent = { chunk: chunk.subarray(part.length), done }
      this.#send(MSG.data, uint32(this.#remote), string(part))
    }
  }

  #pass(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    this.#held[stream] += bytes.length
    if ((stream === 'stdout' ? this : this.stderr).push(bytes)) this.#taken(stream)
  }

  /** The reader has room: the host may send as much again. */
  #taken(stream: 'stdout' | 'stderr'): void {
    this.#unacknowledged += this.#held[stream]
    this.#held[stream] = 0
    if (this.#unacknowledged < WINDOW / 2 || this.#isClosing) return
    this.#send(MSG.adjust, uint32(this.#remote, this.#unacknowledged))
    this.#unacknowledged = 0
  }

  #asked(fields: WireReader): void {
    const what = fields.string().toString('latin1')
    const wantsAnswer = fields.byte() !== 0
    if (what === 'exit-status') this.#ended = { code: fields.uint32() }
    else if (what === 'exit-signal') this.#ended = { signal: `SIG${fields.string().toString('latin1')}` }
    else if (wantsAnswer) this.#send(MSG.failure, uint32(this.#remote))
    if (what.startsWith('exit-')) this.#tell('exit')
  }

  /** A quick command is over in the packet that says it has started: whoever started it is to listen first. */
  #tell(event: 'exit' | 'close', ...about: readonly unknown[]): void {
    setImmediate(() => this.emit(event, ...about))
  }

  #endStreams(): void {
    if (!this.readableEnded) this.push(null)
    if (!this.stderr.readableEnded) this.stderr.push(null)
  }
}
