import type { RunEvent } from './events.ts'

type Hear = (event: RunEvent) => void | Promise<void>

/** Whoever hears the events of a run. What goes wrong there is no task's failure: it ends the run, and is thrown then. */
export class Audience {
  readonly #hear: Hear
  readonly #endRun: () => void
  /** What is still being heard. */
  readonly #open = new Set<Promise<void>>()
  #fault: { readonly error: unknown } | undefined

  /** @param endRun called when a listener throws or rejects */
  constructor(hear: Hear, endRun: () => void) {
    this.#hear = hear
    this.#endRun = endRun
  }

  /** Tells events in order; a promise settles, and never rejects, when all of them were heard. */
  tell(events: readonly RunEvent[]): void | Promise<void> {
    let slow: Promise<void> | undefined
    for (const event of events) {
      const heard = this.#tellOne(event)
      if (heard !== undefined) slow = slow === undefined ? heard : slow.then(() => heard)
    }
    return slow
  }

  /** Waits until all was heard; throws what went wrong first. */
  async heard(): Promise<void> {
    await Promise.all(this.#open)
    if (this.#fault !== undefined) throw this.#fault.error
  }

  #tellOne(event: RunEvent): Promise<void> | undefined {
    try {
      const heard = this.#hear(event)
      return heard === undefined ? undefined : this.#follow(heard)
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  async #follow(hearing: Promise<void>): Promise<void> {
    const heard = hearing.catch((error: unknown) => this.#failed(error))
    this.#open.add(heard)
    await heard
    this.#open.delete(heard)
  }

  #failed(error: unknown): void {
    this.#fault ??= { error }
    this.#endRun()
  }
}
