/** A place among the logins in progress at one address. */
export interface Place {
  /** Logged in, or given up: the next one may start. */
  leave(): void
  /** The host closed the door before it said a word: sshd has too many logins in progress (MaxStartups). */
  crowded(): void
}

// sshd starts to drop at 10 logins in progress (MaxStartups 10:30:100): below that, none is.
const AT_ONCE = 8

/**
 * Bounds the logins in progress at one address, in the order they came. Each burst of refusals halves the bound and
 * nothing raises it again: a run that met MaxStartups 2 soon goes one by one, which is then the quickest way.
 */
export class Pace {
  #bound = AT_ONCE
  #inside = 0
  #generation = 0
  readonly #waiting: (() => void)[] = []

  /** Waits for a place; rejects with the signal's reason. */
  async enter(signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted()
    if (this.#inside < this.#bound) this.#inside++
    else await this.#turn(signal)
    const generation = this.#generation
    let left = false
    return {
      leave: () => {
        if (left) return
        left = true
        this.#inside--
        this.#next()
      },
      crowded: () => {
        // Those that started before the last halving say nothing new.
        if (generation !== this.#generation) return
        this.#generation++
        this.#bound = Math.max(1, this.#bound >> 1)
      },
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const proceed = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1)
        reject(signal.reason)
      }
      this.#waiting.push(proceed)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #next(): void {
    while (this.#inside < this.#bound) {
      const proceed = this.#waiting.shift()
      if (!proceed) return
      this.#inside++
      proceed()
    }
  }
}
