import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type HostConfig, parseHost, type SshConfigReader, type SshHost } from '../inventory/index.ts'
import { CancelledError, UnreachableError, UsageError } from '../shell/index.ts'
import type { Login } from './attempt.ts'
import { AttemptError } from './attempt-error.ts'
import type { ConnectSettings } from './connect-settings.ts'
import type { Connection } from './connection.ts'
import { Credentials } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { Gates, type Passage } from './gates.ts'
import { KnownHostsFiles } from './known-hosts-files.ts'
import { Paces } from './pace.ts'
import { type Target, targetOf, type Via } from './target.ts'

const CROWDED_TRIES = 10
const MOST_HOPS = 8
const QUIET_MS = 2000

/** The jump hosts somebody is waiting for already: each is needed for the one before it. */
type Way = readonly string[]

/** One attempt to log in, by way of a jump host's connection where there is one: what each body does in its own way. */
export type LogIn<C extends Connection> = (login: Login, gate: C | undefined) => Promise<C>

/** Opens the connections of one run, and keeps what they share: ssh_config, keys, passphrases, jump hosts, the pace. */
export class Connector<C extends Connection> {
  readonly #logIn: LogIn<C>
  readonly #settings: ConnectSettings
  readonly #config: SshConfigReader
  readonly #credentials: Credentials
  readonly #knownHosts = new KnownHostsFiles()
  readonly #gates = new Gates<C>()
  readonly #paces = new Paces()
  #hasWarnedOfAgent = false

  constructor(settings: ConnectSettings, config: SshConfigReader, logIn: LogIn<C>) {
    this.#logIn = logIn
    this.#settings = settings
    this.#config = config
    this.#credentials = new Credentials(settings.prompt)
    if (settings.hostKeyPolicy === 'off')
      settings.warn(
        'host keys are not checked (host_key_policy: off): anybody on the way can read and change everything',
      )
    for (const path of settings.keyFiles)
      if (!existsSync(path)) settings.warn(`the key file ${path} is not there: other keys are tried`)
  }

  /** See `connect`; `config` is what ssh_config says of the host. */
  async connect(host: SshHost, config: HostConfig, signal: AbortSignal): Promise<C> {
    const target = targetOf(host, config, this.#settings)
    if (this.#settings.forwardAgent && target.forwardedAgent === undefined) this.#warnOfAgent()
    return this.#persist(target, signal, [])
  }

  #warnOfAgent(): void {
    if (this.#hasWarnedOfAgent) return
    this.#hasWarnedOfAgent = true
    this.#settings.warn('forward_agent is set, but there is no agent here: SSH_AUTH_SOCK is empty')
  }

  /** A jump host: neither the run's user and port nor its gateway are meant for it. */
  async #connectGate(hops: readonly string[], signal: AbortSignal, way: Way): Promise<C> {
    if (way.length > MOST_HOPS)
      throw new UsageError(`more than ${MOST_HOPS} jump hosts, or a circle: ${way.join(' < ')}`)
    const [last = '', before] = [hops.at(-1), hops.slice(0, -1)]
    const host = parseHost(last)
    if (host.kind === 'local') throw new UsageError('local is no jump host')
    const { user: _user, port: _port, gateway: _gateway, ...settings } = this.#settings
    const target = targetOf(host, await this.#config.of(host), settings)
    const via: Via = before.length > 0 ? { type: 'jumps', hops: before } : target.via
    return this.#persist({ ...target, via }, signal, way)
  }

  async #persist(target: Target, signal: AbortSignal, way: Way): Promise<C> {
    const tries = { crowded: 0, passing: 0 }
    const since = performance.now()
    for (;;) {
      try {
        return await this.#attempt(target, signal, way)
      } catch (error) {
        if (signal.aborted) throw new CancelledError(`${target.host.name}: cancelled while connecting`)
        if (!(error instanceof AttemptError)) throw error
        const most = error.kind === 'crowded' ? CROWDED_TRIES : target.attempts
        if (++tries[error.kind] >= most) throw unreachable(target, error, tries[error.kind])
        // Short troubles are nobody's business; who waits longer is told for what.
        if (error.kind === 'passing' && performance.now() - since > QUIET_MS)
          this.#settings.warn(
            `${target.host.name}: ${error.message}; attempt ${tries.passing + 1} of ${most} follows`,
          )
        await pause(backoffMs(error.kind, tries[error.kind]), undefined, { signal }).catch(() => {})
      }
    }
  }

  async #attempt(target: Target, signal: AbortSignal, way: Way): Promise<C> {
    const passage = await this.#passage(target, signal, way)
    const place = await this.#paces.enter(addressOf(target), signal).catch((error) => {
      passage?.leave()
      throw error
    })
    const deadline = new Deadline(target.timeoutMs)
    const either = AbortSignal.any([signal, deadline.signal])
    try {
      const login = {
        target,
        settings: this.#settings,
        credentials: this.#credentials,
        knownHosts: this.#knownHosts,
        deadline,
        signal: either,
      }
      const connection = await this.#logIn(login, passage?.connection)
      if (passage) void connection.closed.then(passage.leave)
      return connection
    } catch (error) {
      passage?.leave()
      if (error instanceof AttemptError && error.kind === 'crowded') place.crowded()
      if (deadline.signal.aborted && !signal.aborted)
        throw new AttemptError('passing', `no answer within ${target.timeoutMs / 1000} s`)
      throw error
    } finally {
      deadline.stop()
      place.leave()
    }
  }

  async #passage({ via, host }: Target, signal: AbortSignal, way: Way): Promise<Passage<C> | undefined> {
    if (via.type !== 'jumps' || isItself(via.hops, host)) return undefined
    // A way that is shared only as a whole cannot wait for itself, whatever circle ssh_config describes.
    const whole = [...way, via.hops.join(',')]
    const open = (opening: AbortSignal) => this.#connectGate(via.hops, opening, whole)
    return this.#gates.enter(whole.join(' < '), open, signal).catch((error) => {
      if (!(error instanceof UnreachableError)) throw error
      throw new UnreachableError(error.code, `${host.name}: no way through its jump host: ${error.message}`, {
        ...(error.hint ? { hint: error.hint } : {}),
        cause: error,
      })
    })
  }
}

const addressOf = ({ via, address, port }: Target): string =>
  [...(via.type === 'jumps' ? via.hops : []), `${address} ${port}`].join(' ')

/** `Host *` with a ProxyJump means the jump host, too: it is reached directly. */
function isItself(hops: readonly string[], host: SshHost): boolean {
  const [only = '', ...more] = hops
  if (more.length > 0) return false
  const hop = parseHost(only)
  return hop.kind === 'ssh' && hop.address === host.address && hop.port === host.port
}

const unreachable = (target: Target, error: AttemptError, tries: number): UnreachableError =>
  new UnreachableError('unreachable', `${target.host.name}: ${error.message}`, {
    hint: [
      ...(error.kind === 'crowded' ? ['too many logins at once there (MaxStartups), or no SSH server'] : []),
      tries === 1 ? 'tried once' : `tried ${tries} times`,
    ].join('\n'),
  })

/** Exponential with jitter, so that the clients of one server spread out. */
function backoffMs(kind: AttemptError['kind'], tries: number): number {
  const [first, most] = kind === 'crowded' ? [100, 2000] : [400, 3000]
  return Math.min(most, first * 2 ** (tries - 1)) * (0.5 + Math.random())
}
