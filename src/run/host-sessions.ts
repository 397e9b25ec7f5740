import type { Session } from '../session/session.ts'
import type { PlanHost } from './plan.ts'

/**
 * One session per host: opened when it is first needed, shared by all steps, opened anew only after its connection was
 * lost. A host that could not be reached is not tried again.
 */
export class HostSessions {
  readonly #open: (host: PlanHost) => Promise<Session>
  readonly #sessions = new Map<PlanHost, Promise<Session>>()
  readonly #closing: Promise<void>[] = []

  constructor(open: (host: PlanHost) => Promise<Session>) {
    this.#open = open
  }

  of(host: PlanHost): Promise<Session> {
    const known = this.#sessions.get(host)
    if (known !== undefined) return known
    const opening = this.#open(host)
    this.#sessions.set(host, opening)
    return opening
  }

  /** Lets go of a session whose connection was lost, unless that has happened already. */
  async forget(host: PlanHost, lost: Session): Promise<void> {
    const known = this.#sessions.get(host)
    if ((await known) === lost && this.#sessions.get(host) === known) this.close(host)
  }

  /** Starts to close the host's session; whoever needs one later gets a new one. */
  close(host: PlanHost): void {
    const known = this.#sessions.get(host)
    this.#sessions.delete(host)
    if (known === undefined) return
    this.#closing.push(
      known.then(
        (session) => session.close(),
        () => undefined,
      ),
    )
  }

  /** Closes what is open, and waits until everything is closed. */
  async closeAll(): Promise<void> {
    for (const host of [...this.#sessions.keys()]) this.close(host)
    await Promise.all(this.#closing)
  }
}
