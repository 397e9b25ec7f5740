import type { Writable } from 'node:stream'
import type { ExecChannel, ExecError, Executor } from './executor.ts'

/**
 * Starts lines on a client, each on a channel that was opened while the one before it started: on a host that is far
 * away a command costs one round trip then, not two. The host's refusal of a channel that nobody needs yet is no news.
 */
export function openingAhead(client: Executor): Executor {
  if (!isTransparent(client)) return client
  const inside: Transparent = client
  let spare: Spare | undefined
  let isWelcome = true

  function openSpare(): void {
    if (spare || !isWelcome) return
    const opening = new Spare(inside)
    spare = opening
    opening.whenOpen((error) => {
      if (!error) return
      isWelcome = false
      if (spare === opening) spare = undefined
    })
  }

  return {
    exec(line, answered) {
      const ready = spare?.isUsable() ? spare : undefined
      spare = undefined
      if (ready) ready.whenOpen((error, channel) => startOn(inside, { error, channel }, line, answered))
      else client.exec(line, answered)
      openSpare()
    },
  }
}

type Opened = (error: ExecError | undefined, channel: RawChannel) => void

/** A channel as ssh2 makes it, before a line was started on it. */
type RawChannel = ExecChannel & {
  readonly outgoing: { readonly id: number; readonly state: string }
  readonly _callbacks: ((failed: boolean) => void)[]
  subtype: string | undefined
}

/** What ssh2 keeps to itself, and `client.exec` is made of: there is no other way to open a channel without its line. */
type Transparent = Executor & {
  readonly config: { readonly allowAgentFwd?: boolean }
  readonly _sock: Writable
  readonly _chanMgr: { add(opened: Opened & { type?: string }): number }
  readonly _protocol: {
    session(channel: number, window: number, packet: number): void
    exec(channel: number, line: string, wantReply: boolean): void
  }
}

function isTransparent(client: Executor): client is Transparent {
  const { _chanMgr, _protocol, _sock, config } = client as Partial<Transparent>
  // Forwarding an agent is asked for on each channel, by ssh2 alone.
  if (config?.allowAgentFwd) return false
  return (
    _sock !== undefined &&
    [_chanMgr?.add, _protocol?.session, _protocol?.exec].every((method) => typeof method === 'function')
  )
}

// ssh2's own: it refills windows by these.
const WINDOW_BYTES = 2 << 20
const PACKET_BYTES = 32 << 10

/** One channel that is open, or about to be. */
class Spare {
  readonly #client: Transparent
  #answer: Parameters<Opened> | undefined
  readonly #listeners: Opened[] = []

  constructor(client: Transparent) {
    this.#client = client
    const opened: Opened & { type?: string } = (...answer) => {
      this.#answer = answer
      for (const listener of this.#listeners) listener(...answer)
    }
    opened.type = 'session'
    client._protocol.session(client._chanMgr.add(opened), WINDOW_BYTES, PACKET_BYTES)
  }

  /** Neither the channel nor the connection was closed meanwhile. */
  isUsable(): boolean {
    const isOpen = this.#answer === undefined || this.#answer[1]?.outgoing.state === 'open'
    return isOpen && this.#client._sock.writable
  }

  whenOpen(listener: Opened): void {
    if (this.#answer) listener(...this.#answer)
    else this.#listeners.push(listener)
  }
}

function startOn(
  client: Transparent,
  { error, channel }: { readonly error: ExecError | undefined; readonly channel: RawChannel },
  line: string,
  answered: Parameters<Executor['exec']>[1],
): void {
  // Refused as a spare, it may be welcome now that another one is closed.
  if (typeof error?.reason === 'number' && client._sock.writable) return void client.exec(line, answered)
  if (error) {
    answered(error, channel)
    return
  }
  channel._callbacks.push((failed) => {
    channel.subtype = 'exec'
    answered(failed ? new Error('Unable to exec') : undefined, channel)
  })
  client._protocol.exec(channel.outgoing.id, line, true)
}
