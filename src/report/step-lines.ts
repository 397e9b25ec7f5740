import type { RunEvent, StepId } from '../run/index.ts'
import { TextTail } from '../run/text-tail.ts'
import { cleanLine } from './clean.ts'
import { CommandLines } from './command-lines.ts'
import { Kept, linesOf, type Said } from './kept.ts'
import { prefixWithoutHost } from './place-name.ts'
import { keyOf } from './speech.ts'
import type { Told } from './told.ts'
import { commandText, progressText } from './words.ts'

interface Step {
  /** The end of what it said, in the order it came. */
  readonly recent: TextTail
  /** Apart, for in which order two streams come is chance, and what is equal should look so. */
  readonly stdout: Kept
  readonly stderr: Kept
  /** What it does, until that has printed something: its command, or how far its transfer is. */
  activity: string | undefined
  hasSpoken: boolean
}

const RECENT = 2 * 1024

/** What each step that goes on does at the moment, and, unless that is shown elsewhere, what it has said. */
export class StepLines {
  readonly #keepsOutput: boolean
  readonly #steps = new Map<string, Step>()
  readonly #lines = new CommandLines(prefixWithoutHost)

  constructor(keepsOutput: boolean) {
    this.#keepsOutput = keepsOutput
  }

  on(event: RunEvent): void {
    switch (event.type) {
      case 'command-started':
        this.#of(event).activity = firstLine(commandText(event, false))
        break
      case 'progress':
        this.#of(event).activity = firstLine(progressText(event))
        break
      case 'output':
        this.#of(event).activity = overwrittenIn(event.text)
        if (this.#keepsOutput) this.#push(event, this.#lines.push(event))
        break
      case 'command-ended':
        if (this.#keepsOutput) this.#push(event, this.#lines.end(event.command))
        break
      case 'step-ended':
        if (this.#keepsOutput) this.#push(event, this.#lines.endStep(event))
    }
  }

  /** What a task says itself. */
  log(id: StepId, lines: readonly string[]): void {
    this.#of(id).hasSpoken = true
    this.#push(id, [{ to: 'stdout', text: `${lines.join('\n')}\n` }])
  }

  /** The lines of the picture, three at most: what the step said last, or what it does until it says something. */
  brief(id: StepId): readonly string[] {
    const step = this.#steps.get(keyOf(id))
    if (step === undefined) return []
    if (step.activity === undefined) return lastLines(step.recent.text, 3)
    return [...lastLines(step.recent.text, 2), step.activity]
  }

  /** All that was said, as far as it is kept. */
  said(id: StepId): Said {
    const { stdout, stderr } = this.#of(id)
    const [out, err] = [stdout.said, stderr.said]
    if (err.key === '') return out
    return { key: `${out.key}\0${err.key}`, end: out.end + err.end, count: out.count + err.count }
  }

  hasSpoken(id: StepId): boolean {
    return this.#steps.get(keyOf(id))?.hasSpoken ?? false
  }

  forget(id: StepId): void {
    this.#steps.delete(keyOf(id))
  }

  #push(id: StepId, told: readonly Told[]): void {
    if (told.length === 0) return
    const step = this.#of(id)
    for (const { to, text } of told) {
      step.recent.push(text)
      step[to].push(text)
    }
  }

  #of(id: StepId): Step {
    const key = keyOf(id)
    const known = this.#steps.get(key) ?? newStep()
    this.#steps.set(key, known)
    return known
  }
}

const newStep = (): Step => ({
  recent: new TextTail(RECENT),
  stdout: new Kept(),
  stderr: new Kept(),
  activity: undefined,
  hasSpoken: false,
})

/** The state of a line that is written over and over, as git's progress is; undefined for any other. */
function overwrittenIn(text: string): string | undefined {
  if (!text.includes('\r')) return undefined
  const rest = text.slice(text.lastIndexOf('\n') + 1)
  const shown = rest.includes('\r') ? cleanLine(rest) : ''
  return shown === '' ? undefined : shown
}

/** Of a text in which each line ends with a newline; not all of it is cut up, for this is drawn ten times a second. */
function lastLines(text: string, count: number): readonly string[] {
  let start = text.length - 1
  for (let line = 0; line < count && start > 0; line++) start = text.lastIndexOf('\n', start - 1)
  return linesOf(text.slice(Math.max(0, start + 1)))
}

const firstLine = (text: string): string => cleanLine(text.split('\n', 1)[0] ?? '')
