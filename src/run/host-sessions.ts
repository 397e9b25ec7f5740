import type { Session } from '../session/session.ts'
import type { PlanHost } from './plan.ts'

/** Opens a session; gives up when `signal` is aborted. */
type OpenFor = (host: PlanHost, signal: AbortSignal) => Promise<Session>

/**
 * One session per host: opened when it is first needed, shared by all steps, opened anew only after its connection was
 * lost. A host that could not be reached is not tried again.
 */
export class HostSessions {
  readonly #open: OpenFor
  /** Aborted with the run, and when it is over: from then on no jump host is kept open for whoever might come next. */
  readonly #over = new AbortController()
  readonly #sessions = new Map<PlanHost, Promise<Session>>()
  /** Those that could not be opened. */
  readonly #failed = new WeakSet<Promise<Session>>()
  readonly #closing: Promise<void>[] = []
  /** How many steps of other hosts may be using a session, and which of those are to be closed once nobody does. */
  readonly #holders = new Map<PlanHost, number>()
  readonly #due = new Set<PlanHost>()

  /** `signal`: of the run. */
  constructor(open: OpenFor, signal: AbortSignal) {
    this.#open = open
    const end = () => this.#over.abort(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  }

  of(host: PlanHost): Promise<Session> {
    const known = this.#sessions.get(host)
    if (known !== undefined) return known
    const opening = this.#open(host, this.#over.signal)
    opening.catch(() => this.#failed.add(opening))
    this.#sessions.set(host, opening)
    return opening
  }

  /** Lets go of a session whose connection was lost, unless that has happened already. */
  async forget(host: PlanHost, lost: Session): Promise<void> {
    const known = this.#sessions.get(host)
    const session = await known?.catch(() => undefined)
    if (session === lost && this.#sessions.get(host) === known) this.#letGo(host)
  }

  /**
   * A session again with a host that was lost, also after it could not be reached: for those who can wait for it. They
   * share it with everybody else.
   */
  async again(host: PlanHost, lost: Session, signal: AbortSignal): Promise<Session> {
    await this.forget(host, lost)
    const known = this.#sessions.get(host)
    if (known !== undefined && !this.#failed.has(known)) return known
    const opening = this.#open(host, signal)
    this.#sessions.set(host, opening)
    try {
      return await opening
    } catch (error) {
      if (this.#sessions.get(host) === opening) this.#sessions.delete(host)
      throw error
    }
  }

  /** Keeps the host's session open until the answer is called: a step of another host turns to it. */
  hold(host: PlanHost): () => void {
    this.#holders.set(host, (this.#holders.get(host) ?? 0) + 1)
    return () => {
      const left = (this.#holders.get(host) ?? 1) - 1
      this.#holders.set(host, left)
      if (left === 0 && this.#due.delete(host)) this.#letGo(host)
    }
  }

  /** Closes the host's session as soon as nobody holds it; whoever needs one later gets a new one. */
  close(host: PlanHost): void {
    if ((this.#holders.get(host) ?? 0) > 0) this.#due.add(host)
    else this.#letGo(host)
  }

  /** Closes what is open, and waits until everything is closed. */
  async closeAll(): Promise<void> {
    this.#over.abort()
    for (const host of [...this.#sessions.keys()]) this.#letGo(host)
    await Promise.all(this.#closing)
  }

  #letGo(host: PlanHost): void {
    const known = this.#sessions.get(host)
    if (known === undefined) return
    this.#sessions.delete(host)
    const keep = () => void (this.#sessions.has(host) || this.#sessions.set(host, known))
    this.#closing.push(known.then((session) => session.close(), keep))
  }
}
