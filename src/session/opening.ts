import { NO_SESSION } from './lifeline.ts'
import { ASKS, NO_SUDO, STARTS } from './sudo-shell.ts'

const NOTHING = Buffer.alloc(0)
/** sudo's lecture and its complaints; more is not kept. */
const KEPT_BYTES = 16_384

/** Hears what is said before a command speaks. */
export interface OpeningEars {
  /** sudo wants a password. */
  readonly asks: (whose: string) => void
  readonly hasNoSudo: () => void
  /** The command is about to begin: what it is to read may be sent. */
  readonly starts: () => void
}

/**
 * The far side's words before the command's own: sudo's lecture, its question for a password, and the line that says
 * that the command starts. Only behind that line anything may be sent that the command is to read.
 */
export class Opening {
  readonly #marker: Buffer
  readonly #ears: OpeningEars
  #heard: Buffer = NOTHING
  #isOver = false

  constructor(marker: string, ears: OpeningEars) {
    this.#marker = Buffer.from(marker)
    this.#ears = ears
  }

  /** Whether the command has begun, or its shell has other things to say. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** What of this chunk stands behind the opening. */
  pass(chunk: Buffer): Buffer {
    if (this.#isOver) return chunk
    let text = Buffer.concat([this.#heard, chunk])
    for (let at = text.indexOf(this.#marker); at >= 0; at = text.indexOf(this.#marker, at)) {
      const end = text.indexOf(10, at)
      if (end < 0) break
      const words = text.toString('utf8', at + this.#marker.length, end).trimEnd()
      if (words === STARTS || words === NO_SESSION) {
        this.#isOver = true
        this.#heard = NOTHING
        if (words === NO_SESSION) return text.subarray(at)
        this.#ears.starts()
        return text.subarray(end + 1)
      }
      if (words !== NO_SUDO && !words.startsWith(ASKS)) {
        // sudo complains, and shows the whole of what it does not run.
        at = end
        continue
      }
      text = Buffer.concat([text.subarray(0, at), text.subarray(end + 1)])
      if (words === NO_SUDO) this.#ears.hasNoSudo()
      else this.#ears.asks(words.slice(ASKS.length).trim())
    }
    this.#heard = text.subarray(-KEPT_BYTES)
    return NOTHING
  }

  /** What was said by somebody who then did not begin. */
  said(): string {
    return this.#heard.toString()
  }
}
