import { setTimeout as pause } from 'node:timers/promises'
import { defaultConfig, type SshHost } from '../inventory/index.ts'
import { CancelledError, UnreachableError } from '../shell/index.ts'
import { AttemptError, logIn } from './attempt.ts'
import { type Carrier, dial } from './carrier.ts'
import type { ConnectSettings } from './connect-settings.ts'
import type { Connection } from './connection.ts'
import { Credentials } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { Pace } from './pace.ts'
import { type Target, targetOf } from './target.ts'

const CROWDED_TRIES = 10

/** Opens the connections of one run, and keeps what they share: keys, passphrases, jump hosts, the pace at each address. */
export class Connector {
  readonly #settings: ConnectSettings
  readonly #credentials: Credentials
  readonly #paces = new Map<string, Pace>()

  constructor(settings: ConnectSettings) {
    this.#settings = settings
    this.#credentials = new Credentials(settings.prompt)
    if (settings.hostKeyPolicy === 'off')
      settings.warn(
        'host keys are not checked (host_key_policy: off): anybody on the way can read and change everything',
      )
  }

  async connect(host: SshHost, signal: AbortSignal): Promise<Connection> {
    const target = targetOf(host, defaultConfig(host.address), this.#settings)
    let failures = 0
    let crowded = 0
    for (;;) {
      try {
        return await this.#attempt(target, signal)
      } catch (error) {
        if (signal.aborted) throw new CancelledError(`${host.name}: cancelled while connecting`)
        if (!(error instanceof AttemptError)) throw error
        const tries = error.kind === 'crowded' ? ++crowded : ++failures
        if (tries >= (error.kind === 'crowded' ? CROWDED_TRIES : target.attempts))
          throw unreachable(target, error, tries)
        await pause(backoffMs(error.kind, tries), undefined, { signal }).catch(() => {})
      }
    }
  }

  async #attempt(target: Target, signal: AbortSignal): Promise<Connection> {
    const place = await this.#pace(target).enter(signal)
    const deadline = new Deadline(target.timeoutMs)
    const stop = AbortSignal.any([signal, deadline.signal])
    try {
      const carrier = await this.#carrier(target, stop)
      return await logIn(carrier, {
        target,
        settings: this.#settings,
        credentials: this.#credentials,
        deadline,
        signal: stop,
      })
    } catch (error) {
      if (error instanceof AttemptError && error.kind === 'crowded') place.crowded()
      if (deadline.signal.aborted && !signal.aborted)
        throw new AttemptError('passing', `no answer within ${target.timeoutMs / 1000} s`)
      throw error
    } finally {
      deadline.stop()
      place.leave()
    }
  }

  #pace(target: Target): Pace {
    const pace = this.#paces.get(target.address) ?? new Pace()
    this.#paces.set(target.address, pace)
    return pace
  }

  async #carrier(target: Target, signal: AbortSignal): Promise<Carrier> {
    return await dial(target, signal).catch((error: NodeJS.ErrnoException) => {
      if (signal.aborted) throw error
      throw dialFailure(target, error)
    })
  }
}

function dialFailure(target: Target, error: NodeJS.ErrnoException): Error {
  const at = `${target.address} port ${target.port}`
  if (error.code === 'ENOTFOUND')
    return new UnreachableError(
      'unreachable',
      `${target.host.name}: there is no host named ${target.address}`,
      {
        hint: 'check the spelling, DNS, /etc/hosts, and HostName in ssh_config',
      },
    )
  const why: Record<string, string> = {
    ECONNREFUSED: `nothing listens at ${at}`,
    EHOSTUNREACH: `there is no way to ${at}`,
    ENETUNREACH: `there is no way to ${at}`,
    ETIMEDOUT: `${at} does not answer`,
    EAI_AGAIN: `the name server does not answer (${target.address})`,
  }
  return new AttemptError('passing', why[error.code ?? ''] ?? `${at}: ${error.message}`)
}

const unreachable = (target: Target, error: AttemptError, tries: number): UnreachableError =>
  new UnreachableError('unreachable', `${target.host.name}: ${error.message}`, {
    hint: `tried ${tries} times`,
  })

/** Exponential with jitter, so that many clients of one server spread out. */
function backoffMs(kind: AttemptError['kind'], tries: number): number {
  const [first, most] = kind === 'crowded' ? [100, 2000] : [400, 3000]
  return Math.min(most, first * 2 ** (tries - 1)) * (0.5 + Math.random())
}
