/** A place among the logins in progress. */
export interface Place {
  /** Logged in, or given up: the next one may start. */
  leave(): void
  /** The host closed the door before it said a word: sshd has too many logins in progress (MaxStartups). */
  crowded(): void
}

// sshd starts to drop at 10 logins in progress (MaxStartups 10:30:100): below that, none is.
const AT_ONE_ADDRESS = 8
// Several addresses may be one sshd, which the first refusals tell; until then, many at once cost the least CPU.
const IN_ALL = 128

/** Paces the logins of a run: a few at a time at each address, and in all as many as meet no refusals. */
export class Paces {
  readonly #ofAll = new Pace(IN_ALL, AT_ONE_ADDRESS)
  readonly #ofAddress = new Map<string, Pace>()

  /** Waits for a place at an address; rejects with the signal's reason. */
  async enter(address: string, signal: AbortSignal): Promise<Place> {
    const pace = this.#ofAddress.get(address) ?? new Pace(AT_ONE_ADDRESS, 1)
    this.#ofAddress.set(address, pace)
    const here = await pace.enter(signal)
    const among = await this.#ofAll.enter(signal).catch((error) => {
      here.leave()
      throw error
    })
    return {
      leave() {
        among.leave()
        here.leave()
      },
      crowded() {
        among.crowded()
        here.crowded()
      },
    }
  }
}

/**
 * Bounds the logins in progress, in the order they came. Each burst of refusals halves the bound and nothing raises it
 * again: a run that met MaxStartups 2 soon goes one by one, which is then the quickest way.
 */
class Pace {
  #bound: number
  readonly #least: number
  #inside = 0
  #generation = 0
  readonly #waiting: (() => void)[] = []

  constructor(bound: number, least: number) {
    this.#bound = bound
    this.#least = least
  }

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
        this.#bound = Math.max(this.#least, this.#bound >> 1)
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
