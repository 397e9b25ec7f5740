import { setTimeout as pause } from 'node:timers/promises'
import { UnreachableError } from '../shell/index.ts'
import { openingAhead } from './ahead.ts'
import type { Connection } from './connection.ts'
import { type ExecChannel, type ExecError, type Executor, NEVER_OPENED } from './executor.ts'
import { type GaveUp, type Patience, withPatience } from './patience.ts'
import type { Terminal } from './session.ts'
import { Refused } from './sudo.ts'

/** sshd's MaxSessions is 10 by default, and whoever shares the connection needs room as well. */
const MOST_AT_ONCE = 4
/** A host that refuses even one channel may still be closing the last: so often, so far apart, it is asked again. */
const REFUSALS = 60
const URGENT_REFUSALS = 5
const REFUSED_PAUSE_MS = 50

/** `urgent`: past the queue, for what ends the command that stands in front. */
export interface Turn extends Patience {
  readonly terminal?: Terminal
  readonly urgent?: boolean
}

/** `cancelled`: the line was never started; `lost`: nobody knows whether it was. */
export type NotRun = 'cancelled' | 'lost'

/** The channels of one connection: a few at once, the rest in order; a refused one is tried again, for it ran nothing. */
export class Channels {
  readonly #connection: Connection
  readonly #executor: Executor
  readonly #waiting: (() => void)[] = []
  #open = 0
  #limit = MOST_AT_ONCE

  constructor(connection: Connection) {
    this.#connection = connection
    this.#executor = openingAhead(connection.client)
  }

  /** Runs `use` on a channel that executes a line. Rejects with an UnreachableError when the line was not started. */
  async run<T>(
    line: string,
    turn: Turn,
    use: (channel: ExecChannel) => Promise<T>,
  ): Promise<T | NotRun | GaveUp> {
    const { signals = [], urgent, terminal } = turn
    for (let refusals = 0; ; refusals += 1) {
      if (!urgent) await this.#freed(signals)
      if (signals.some(isAborted)) {
        // The turn may have come to us: it is the next one's then.
        this.#waiting.shift()?.()
        return 'cancelled'
      }
      this.#open += 1
      try {
        const starting = this.#start(line, terminal)
        const started = await withPatience(starting, turn)
        if (started === 'lost') return 'lost'
        if (typeof started === 'object' && 'remote' in started) {
          starting.then(hangUp, () => {})
          return started
        }
        if (started !== 'refused') return await use(started)
        this.#limit = Math.max(1, Math.min(this.#limit, this.#open - 1))
        if (refusals >= (urgent ? URGENT_REFUSALS : REFUSALS))
          throw this.#unreachable('refuses every session (MaxSessions of its sshd?)')
      } finally {
        this.#open -= 1
        this.#waiting.shift()?.()
      }
      await pause(REFUSED_PAUSE_MS)
    }
  }

  /** Resolves when it is our turn, or when a signal is aborted. */
  async #freed(signals: readonly AbortSignal[]): Promise<void> {
    while (this.#open >= this.#limit && !signals.some(isAborted)) {
      await new Promise<void>((resolve) => {
        const go = () => {
          for (const signal of signals) signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          this.#waiting.splice(this.#waiting.indexOf(go), 1)
          go()
        }
        this.#waiting.push(go)
        for (const signal of signals) signal.addEventListener('abort', leave)
      })
    }
  }

  #start(line: string, terminal: Terminal | undefined): Promise<ExecChannel | 'refused' | 'lost'> {
    return new Promise((resolve, reject) => {
      const lost = this.#connection.lost()
      if (lost !== undefined) throw this.#unreachable(`is no longer connected (${lost})`)
      const answered = (error: ExecError | undefined, channel?: ExecChannel) => {
        if (channel && !error) return resolve(channel)
        if (typeof error?.reason === 'number') return resolve('refused')
        const gone = this.#connection.lost()
        if (gone === undefined)
          return reject(terminal ? new Refused('no-terminal') : this.#unreachable('refuses to run commands'))
        // Anything else may have been started.
        if (error?.message === NEVER_OPENED) return reject(this.#unreachable(`hung up (${gone})`))
        resolve('lost')
      }
      try {
        if (terminal) this.#connection.client.exec(line, { pty: requestFor(terminal) }, answered)
        else this.#executor.exec(line, answered)
      } catch {
        // ssh2 throws at once where the socket is gone and `close` has not come yet.
        reject(this.#unreachable('is no longer connected'))
      }
    })
  }

  #unreachable(what: string): UnreachableError {
    return new UnreachableError('unreachable', `${this.#connection.host.name}: the host ${what}`)
  }
}

/** What is started so late finds that nobody is there, and ends. */
const hangUp = (late: ExecChannel | 'refused' | 'lost'): void => {
  if (typeof late === 'object') late.close()
}

const requestFor = ({ columns, rows, type }: Terminal) =>
  ({ cols: columns, rows, term: type, modes: { ECHO: 0 } }) as const

const isAborted = ({ aborted }: AbortSignal): boolean => aborted
