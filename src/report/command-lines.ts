import type { RunFact, StepId } from '../run/index.ts'
import { TextTail } from '../run/text-tail.ts'
import { cleanLine, isClean } from './clean.ts'
import { LineCutter } from './line-cutter.ts'
import type { WhereTold } from './place-name.ts'
import { keyOf } from './speech.ts'
import type { Told } from './told.ts'

type Output = RunFact & { readonly type: 'output' }

/** More than the last lines of a command that failed are, in characters. */
const TAIL = 8 * 1024

/** Cuts what the commands of a run print into whole lines, each clean and with its host in front. */
export class CommandLines {
  readonly #prefix: (place: WhereTold) => string
  readonly #commands = new Map<number, Cut>()
  /** The commands of each step that go on. */
  readonly #ofStep = new Map<string, Set<number>>()

  constructor(prefix: (place: WhereTold) => string) {
    this.#prefix = prefix
  }

  push(output: Output): readonly Told[] {
    const { command, stream, text } = output
    const cut = this.#commands.get(command) ?? this.#begin(output)
    cut.tail.push(text)
    return told(cut, stream, cut[stream].push(text))
  }

  /** The last lines of a command that goes on, as it printed them. */
  tail(command: number): string {
    return this.#commands.get(command)?.tail.text ?? ''
  }

  /** The rest of a command that has ended: a last line without a newline is a line, too. */
  end(command: number): readonly Told[] {
    const cut = this.#commands.get(command)
    if (cut === undefined) return []
    this.#commands.delete(command)
    this.#ofStep.get(keyOf(cut))?.delete(command)
    return [...told(cut, 'stdout', cut.stdout.flush()), ...told(cut, 'stderr', cut.stderr.flush())]
  }

  /** The rest of all commands of a step: some end without saying so, when their session cannot. */
  endStep(id: StepId): readonly Told[] {
    const left = [...(this.#ofStep.get(keyOf(id)) ?? [])].flatMap((command) => this.end(command))
    this.#ofStep.delete(keyOf(id))
    return left
  }

  #begin({ command, host, step, ...rest }: Output): Cut {
    const prefix = this.#prefix({ host, ...rest })
    const [stdout, stderr] = [new LineCutter(), new LineCutter()]
    const cut = { host, step, prefix, stdout, stderr, tail: new TextTail(TAIL) }
    this.#commands.set(command, cut)
    const ofStep = this.#ofStep.get(keyOf(cut))
    if (ofStep === undefined) this.#ofStep.set(keyOf(cut), new Set([command]))
    else ofStep.add(command)
    return cut
  }
}

interface Cut extends StepId {
  readonly prefix: string
  readonly stdout: LineCutter
  readonly stderr: LineCutter
  /** The end of both, in the order it came. */
  readonly tail: TextTail
}

function told({ prefix }: Cut, to: Told['to'], lines: string): readonly Told[] {
  if (lines === '') return []
  if (prefix === '' && isClean(lines)) return [{ to, text: lines }]
  const each = lines.slice(0, -1).split('\n')
  const clean = isClean(lines) ? each : each.map(cleanLine)
  return [{ to, text: `${prefix}${clean.join(`\n${prefix}`)}\n` }]
}
