import { createConnection, type Socket } from 'node:net'
import { UnreachableError } from '../../shell/index.ts'
import { AttemptError } from '../attempt-error.ts'
import { type ExecError, NEVER_OPENED, type TerminalExecutor, type TerminalRequest } from '../executor.ts'
import { MOST_IN_PACKET, MSG, MuxChannel, WINDOW } from './mux-channel.ts'
import { Packets, string, uint32, WireReader } from './wire.ts'

// Of OpenSSH's PROTOCOL.mux, whose numbers are these.
const HELLO = 1
const VERSION = 4
const ALIVE = { ask: 0x10000004, answer: 0x80000005 }
const PROXY = { ask: 0x1000000f, answer: 0x8000000f }

type Answered = (error: ExecError | undefined, channel?: MuxChannel) => void

// Of RFC 4254 §8: the mode ECHO, and the end of the modes.
const NO_ECHO = Buffer.of(53, 0, 0, 0, 0, 0)

/** Of `pty-req`: TERM, the size in characters and in pixels (unknown), and the modes. */
const terminalFields = ({ cols, rows, term }: TerminalRequest): readonly Uint8Array[] => [
  string(term),
  uint32(cols, rows, 0, 0),
  string(NO_ECHO),
]

/** Who hears the messages of one channel. */
interface Listener {
  hear(type: number, fields: WireReader): void
  /** The connection is no more. */
  lose(): void
}

/**
 * Speaks the SSH connection protocol (RFC 4254) with a host, over the control socket of an ssh that has logged in there:
 * the proxy mode of OpenSSH's multiplexing. No process per command, and exit codes and signals come apart.
 */
export class Mux implements TerminalExecutor {
  /** Resolves when the socket is no more; `lose` is then the owner's to call. */
  readonly gone: Promise<void>
  /** Of the ssh process. */
  readonly pid: number
  readonly #socket: Socket
  readonly #forwardsAgent: boolean
  readonly #listeners = new Map<number, Listener>()
  #nextId = 0

  constructor(socket: Socket, pid: number, packets: Packets, forwardsAgent: boolean) {
    this.#socket = socket
    this.pid = pid
    this.#forwardsAgent = forwardsAgent
    this.gone = new Promise((resolve) => socket.once('close', resolve))
    socket.on('data', (chunk: Buffer) => {
      for (const packet of packets.take(chunk)) this.#hear(packet)
    })
  }

  exec(
    line: string,
    ...rest: readonly [Answered] | readonly [{ readonly pty: TerminalRequest }, Answered]
  ): void {
    const [options, answered] = rest.length === 1 ? [undefined, rest[0]] : rest
    if (this.#socket.destroyed) throw new Error('the connection is no more')
    this.#open('session', Buffer.alloc(0), {
      failed: answered,
      opened: (id, channel, send, remote) => {
        let hasTerminal = options === undefined
        const fail = () => {
          this.#listeners.set(id, channel)
          channel.lose()
          answered(new Error('the line was not started, or nobody knows'))
        }
        this.#listeners.set(id, {
          hear: (type, fields) => {
            if (type === MSG.success && !hasTerminal) hasTerminal = true
            else if (type === MSG.success) {
              this.#listeners.set(id, channel)
              answered(undefined, channel)
            } else if (type === MSG.failure || type === MSG.close) fail()
            else channel.hear(type, fields)
          },
          lose: fail,
        })
        if (this.#forwardsAgent) send(MSG.request, remote, string('auth-agent-req@openssh.com'), Buffer.of(0))
        if (options)
          send(MSG.request, remote, string('pty-req'), Buffer.of(1), ...terminalFields(options.pty))
        send(MSG.request, remote, string('exec'), Buffer.of(1), string(line))
      },
    })
  }

  /** Why the host cannot reach an address: the reason of SSH_MSG_CHANNEL_OPEN_FAILURE; undefined: it can, now. */
  whyUnreachable(address: string, port: number): Promise<number | undefined> {
    const way = Buffer.concat([string(address), uint32(port), string('127.0.0.1'), uint32(0)])
    return new Promise((resolve) => {
      this.#open('direct-tcpip', way, {
        failed: ({ reason }) => resolve(typeof reason === 'number' ? reason : undefined),
        opened: (id, channel) => {
          this.#listeners.set(id, channel)
          channel.resume().stderr.resume()
          channel.close()
          resolve(undefined)
        },
      })
    })
  }

  /** Tells all channels that the connection is no more. */
  lose(): void {
    for (const listener of [...this.#listeners.values()]) listener.lose()
    this.#listeners.clear()
  }

  #open(
    kind: string,
    more: Buffer,
    ears: {
      readonly opened: (id: number, channel: MuxChannel, send: Send, remote: Buffer) => void
      readonly failed: (error: ExecError) => void
    },
  ): void {
    const id = this.#nextId++
    const send: Send = (type, ...fields) => this.#send(type, ...fields)
    const failed = (error: ExecError) => {
      this.#listeners.delete(id)
      ears.failed(error)
    }
    this.#listeners.set(id, {
      hear(type, fields) {
        if (type === MSG.openFailure)
          return failed(Object.assign(new Error('refused'), { reason: fields.uint32() }))
        if (type !== MSG.confirmation) return
        const [remote, room, most] = [fields.uint32(), fields.uint32(), fields.uint32()]
        ears.opened(id, new MuxChannel(send, { remote, room, most }), send, uint32(remote))
      },
      lose: () => failed(new Error(NEVER_OPENED)),
    })
    send(MSG.open, string(kind), uint32(id, WINDOW, MOST_IN_PACKET), more)
  }

  #hear(packet: Buffer): void {
    const fields = new WireReader(packet)
    fields.byte() // length of padding: none
    const type = fields.byte()
    const id = fields.uint32()
    this.#listeners.get(id)?.hear(type, fields)
    if (type === MSG.close) this.#listeners.delete(id)
  }

  #send(type: number, ...fields: readonly Uint8Array[]): void {
    if (this.#socket.destroyed) return
    this.#socket.write(string(Buffer.concat([Buffer.of(0, type), ...fields])))
  }
}

type Send = (type: number, ...fields: readonly Uint8Array[]) => void

/** Connects to the control socket of an ssh that has logged in. Rejects with an AttemptError or an UnreachableError. */
export function openMux(path: string, forwardsAgent: boolean): Promise<Mux> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    const packets = new Packets()
    let pid = 0
    const giveUp = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    const listen = (chunk: Buffer) => {
      for (const packet of packets.take(chunk)) {
        const fields = new WireReader(packet)
        const type = fields.uint32()
        if (type === HELLO && fields.uint32() === VERSION) continue
        fields.uint32() // of the question
        if (type === ALIVE.answer) pid = fields.uint32()
        else if (type === PROXY.answer && pid > 1) {
          socket.off('data', listen)
          return resolve(new Mux(socket, pid, packets, forwardsAgent))
        } else return giveUp(new UnreachableError('unreachable', TOO_OLD))
      }
    }
    socket.on('data', listen)
    socket.on('error', () => {})
    socket.once('close', () => giveUp(new AttemptError('passing', 'ssh ended as soon as it had logged in')))
    const questions = [uint32(HELLO, VERSION), uint32(ALIVE.ask, 0), uint32(PROXY.ask, 1)]
    socket.write(Buffer.concat(questions.map((question) => string(question))))
  })
}

const TOO_OLD = 'the ssh program here cannot share its connection: OpenSSH 7.4 or later is needed'
