import type { RunEvent } from '../run/index.ts'
import { cleanLines } from './clean.ts'
import { CommandLines } from './command-lines.ts'
import type { Paint } from './paint.ts'
import type { WhereTold } from './place-name.ts'
import { answerLines, keyOf, type Speech, type StepEnded } from './speech.ts'
import { type Told, told } from './told.ts'

/** What machines and tasks say, as it comes, line by line with the host in front. */
export class Streamed implements Speech {
  readonly #paint: Paint
  readonly #prefix: (place: WhereTold) => string
  readonly #lines: CommandLines
  /** The steps that spoke for themselves. */
  readonly #spoke = new Set<string>()
  /** How the last command that did not end well ended its output, by step. */
  readonly #tails = new Map<string, string>()

  constructor(paint: Paint, prefix: (place: WhereTold) => string) {
    this.#paint = paint
    this.#prefix = prefix
    this.#lines = new CommandLines(prefix)
  }

  readonly hear = (event: RunEvent): readonly Told[] => {
    switch (event.type) {
      case 'output':
        return this.#lines.push(event)
      case 'command-ended':
        if (event.outcome.type !== 'exited' || event.outcome.code !== 0)
          this.#tails.set(keyOf(event), this.#lines.tail(event.command))
        return this.#lines.end(event.command)
      case 'log':
        this.#spoke.add(keyOf(event))
        return told('stdout', this.#prefixed(event, cleanLines(event.text)))
      case 'step-ended':
        return this.#ended(event)
      default:
        return []
    }
  }

  readonly hasTold = ({ outcome, ...id }: StepEnded): boolean => {
    const output = 'output' in outcome ? outcome.output : undefined
    if (output === undefined) return false
    const tail = this.#tails.get(keyOf(id))?.replaceAll('\r\n', '\n').trimEnd() ?? ''
    return tail.endsWith(output.join('\n'))
  }

  #ended(event: StepEnded): readonly Told[] {
    const key = keyOf(event)
    const answer = answerLines(event, this.#spoke.delete(key), this.#paint)
    this.#tails.delete(key)
    return [...this.#lines.endStep(event), ...told('stdout', this.#prefixed(event, answer))]
  }

  #prefixed(place: WhereTold, lines: readonly string[]): readonly string[] {
    const prefix = this.#prefix(place)
    return lines.map((line) => prefix + line)
  }
}
