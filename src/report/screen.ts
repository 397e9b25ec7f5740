import type { Sink } from './sink.ts'
import { widthOf } from './text-width.ts'
import type { Told } from './told.ts'
import { withResolvers } from './with-resolvers.ts'

/** Drawings per second are at most ten, whatever happens. */
const EVERY_MS = 100
/** A run that ends at once draws nothing. */
const FIRST_AFTER_MS = 300
/** So much text waits for the next drawing at most, in characters. */
const MOST_WAITING = 64 * 1024

/** What is drawn where there is so much room: a line of it per row, painted, and clean otherwise. */
export type Picture = (rows: number, columns: number) => readonly string[]

/**
 * A terminal with text that stays, and below it a picture that is drawn anew up to ten times a second. The picture is
 * drawn with the terminal's line wrap switched off, so each of its lines takes one row, however wide its characters.
 */
export class Screen {
  readonly #sinks: { readonly stdout: Sink; readonly stderr: Sink }
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  #picture: Picture = () => []
  #waiting: Told[] = []
  #waitingLength = 0
  #flushedAt = 0
  #drawn: readonly string[] = []
  /** The columns there were when it was drawn. */
  #drawnOn = 0
  #tickedAt = performance.now()
  #holds = 0
  /** There while the picture is held off the screen. */
  #release: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined

  constructor(sinks: { readonly stdout: Sink; readonly stderr: Sink }) {
    this.#sinks = sinks
    this.#timer = setInterval(() => this.#tick(), EVERY_MS).unref()
  }

  /** From now on this is the picture. */
  draw(picture: Picture): void {
    this.#picture = picture
  }

  /** Text that stays, above the picture; shown within a tenth of a second. A promise says that the reader is slow. */
  write(told: readonly Told[]): void | Promise<void> {
    for (const each of told) {
      this.#waiting.push(each)
      this.#waitingLength += each.text.length
    }
    const isDue = performance.now() - this.#flushedAt >= EVERY_MS || this.#waitingLength > MOST_WAITING
    if (told.length > 0 && isDue && this.#holds === 0) this.#show(this.#drawn)
    return this.#waitingLength > MOST_WAITING ? this.#release?.promise : this.#sinks.stdout.caughtUp
  }

  /** Takes the picture off the screen, and keeps everything back, until the answer is called. */
  hold(): () => void {
    if (this.#holds++ === 0) this.#show([])
    this.#release ??= withResolvers<void>()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#holds > 0) return
      this.#show([])
      this.#release?.resolve()
      this.#release = undefined
    }
  }

  /** Removes the picture and writes what waits; resolves when all is written. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    this.#show([])
    await Promise.all([this.#sinks.stdout.flush(), this.#sinks.stderr.flush()])
  }

  #tick(): void {
    if (this.#holds > 0 || this.#sinks.stdout.caughtUp !== undefined || this.#isBusy()) return
    const { rows, columns } = this.#size
    const isEarly = performance.now() - this.#startedAt < FIRST_AFTER_MS
    const picture = isEarly ? [] : this.#picture(rows, columns)
    const isSame =
      picture.length === this.#drawn.length && picture.every((line, at) => line === this.#drawn[at])
    if (!isSame || this.#waiting.length > 0) this.#show(picture)
  }

  /** Whether other work kept this from coming in time: then every other drawing is left out. */
  #isBusy(): boolean {
    const now = performance.now()
    const isLate = now - this.#tickedAt > 1.5 * EVERY_MS
    this.#tickedAt = isLate ? Number.POSITIVE_INFINITY : now
    return isLate
  }

  #show(picture: readonly string[]): void {
    let pending = this.#eraser(this.#waiting.length > 0 || picture.length === 0)
    for (const { to, text } of this.#waiting) {
      if (to === 'stdout') pending += text
      else {
        this.#sinks.stdout.write(pending)
        pending = ''
        this.#sinks.stderr.write(text)
      }
    }
    if (picture.length > 0)
      pending += `\x1b[?7l${picture.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J\x1b[?7h`
    this.#sinks.stdout.write(pending)
    this.#waiting = []
    this.#waitingLength = 0
    this.#flushedAt = performance.now()
    this.#drawn = picture
    this.#drawnOn = this.#size.columns
  }

  /** Goes back to the first row of the picture, and removes it where it is not drawn over. */
  #eraser(isRemoved: boolean): string {
    return this.#drawn.length === 0 ? '' : `\r\x1b[${this.#rowsOfDrawn()}A${isRemoved ? '\x1b[J' : ''}`
  }

  /** A terminal that has become narrower since may have broken the lines of the picture. */
  #rowsOfDrawn(): number {
    const { columns } = this.#size
    if (columns >= this.#drawnOn) return this.#drawn.length
    return this.#drawn
      .map((line) => Math.max(1, Math.ceil(widthOf(line.replace(COLORS, '')) / columns)))
      .reduce((sum, rows) => sum + rows, 0)
  }

  /** Some terminals (serial lines) do not know their size, or say that it is 0 × 0. */
  get #size(): { readonly rows: number; readonly columns: number } {
    const { rows, columns } = this.#sinks.stdout.stream
    return { rows: rows || 24, columns: columns || 80 }
  }
}

const COLORS = /\x1b\[\d*m/g
