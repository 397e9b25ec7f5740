import type { RunEvent, StepId } from '../run/index.ts'
import { cleanLine } from './clean.ts'
import { CommandLines } from './command-lines.ts'
import { Recent } from './recent.ts'
import { commandText, progressText } from './words.ts'

interface Step {
  readonly recent: Recent
  /** What it does, until that has printed something: its command, or how far its transfer is. */
  activity: string | undefined
}

/** What each step does at the moment, and the last ten lines it printed unless they are shown elsewhere. */
export class StepLines {
  readonly #keepsOutput: boolean
  readonly #steps = new Map<string, Step>()
  readonly #lines = new CommandLines(() => '')

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
        this.#of(event).activity = undefined
        if (this.#keepsOutput) this.#push(event, this.#lines.push(event))
        break
      case 'command-ended':
        this.#push(event, this.#lines.end(event.command))
        break
      case 'step-ended':
        this.#push(event, this.#lines.endStep(event))
    }
  }

  /** The lines of the picture, three at most: what the step printed last, or what it does until it prints something. */
  brief(id: StepId): readonly string[] {
    const { recent, activity } = this.#of(id)
    return activity === undefined ? recent.lines.slice(-3) : [...recent.lines.slice(-2), activity]
  }

  /** The lines that stay when the step is done; a first line says so where there were more. */
  whole(id: StepId): readonly string[] {
    const { recent } = this.#of(id)
    return recent.hasEarlier ? ['…', ...recent.lines] : recent.lines
  }

  forget({ host, step }: StepId): void {
    this.#steps.delete(`${step} ${host}`)
  }

  #push(id: StepId, told: readonly { readonly text: string }[]): void {
    const { recent } = this.#of(id)
    for (const { text } of told) recent.push(text)
  }

  #of({ host, step }: StepId): Step {
    const key = `${step} ${host}`
    const known = this.#steps.get(key) ?? { recent: new Recent(10), activity: undefined }
    this.#steps.set(key, known)
    return known
  }
}

const firstLine = (text: string): string => cleanLine(text.split('\n', 1)[0] ?? '')
