import type { Connection } from './connection.ts'

/** The use of a jump host's connection. */
export interface Passage<C extends Connection> {
  readonly connection: C
  /** Called once the connection behind it is no more. */
  leave(): void
}

interface Gate<C extends Connection> {
  readonly opened: Promise<C>
  readonly controller: AbortController
  users: number
}

const LINGER_MS = 200

/** Jump hosts of a run: one connection to each, for all hosts behind it; closed soon after the last of them. */
export class Gates<C extends Connection> {
  readonly #gates = new Map<string, Gate<C>>()

  /** Waits for the jump host `key`, which `open` connects to. Rejects as `open` does, or with the signal's reason. */
  async enter(
    key: string,
    open: (signal: AbortSignal) => Promise<C>,
    signal: AbortSignal,
  ): Promise<Passage<C>> {
    const gate = this.#gates.get(key) ?? this.#open(key, open)
    gate.users++
    let hasLeft = false
    const leave = () => {
      if (hasLeft) return
      hasLeft = true
      gate.users--
      if (signal.aborted) this.#closeIfIdle(key, gate)
      else setTimeout(() => this.#closeIfIdle(key, gate), LINGER_MS)
    }
    try {
      return { connection: await unlessAborted(gate.opened, signal), leave }
    } catch (error) {
      leave()
      throw error
    }
  }

  #open(key: string, open: (signal: AbortSignal) => Promise<C>): Gate<C> {
    const controller = new AbortController()
    const gate: Gate<C> = { opened: open(controller.signal), controller, users: 0 }
    this.#gates.set(key, gate)
    const forget = () => {
      if (this.#gates.get(key) === gate) this.#gates.delete(key)
    }
    gate.opened.then((connection) => connection.closed.then(forget), forget)
    return gate
  }

  #closeIfIdle(key: string, gate: Gate<C>): void {
    if (gate.users > 0) return
    if (this.#gates.get(key) === gate) this.#gates.delete(key)
    gate.controller.abort()
    gate.opened.then(
      (connection) => connection.close(),
      () => {},
    )
  }
}

function unlessAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    awaited.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
