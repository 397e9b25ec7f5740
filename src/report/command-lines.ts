import type { RunFact, StepId } from '../run/index.ts'
import { cleanLine, isClean } from './clean.ts'
import { LineCutter } from './line-cutter.ts'
import type { WhereTold } from './place-name.ts'
import type { Told } from './told.ts'

type Output = RunFact & { readonly type: 'output' }

/** Cuts what the commands of a run print into whole lines, each clean and with its host in front. */
export class CommandLines {
  readonly #prefix: (place: WhereTold) => string
  readonly #commands = new Map<number, Cut>()

  constructor(prefix: (place: WhereTold) => string) {
    this.#prefix = prefix
  }

  push(output: Output): readonly Told[] {
    const { command, stream, text } = output
    const cut = this.#commands.get(command) ?? this.#begin(output)
    return told(cut, stream, cut[stream].push(text))
  }

  /** The rest of a command that has ended: a last line without a newline is a line, too. */
  end(command: number): readonly Told[] {
    const cut = this.#commands.get(command)
    if (cut === undefined) return []
    this.#commands.delete(command)
    return [...told(cut, 'stdout', cut.stdout.flush()), ...told(cut, 'stderr', cut.stderr.flush())]
  }

  /** The rest of all commands of a step: some end without saying so, when their session cannot. */
  endStep({ host, step }: StepId): readonly Told[] {
    const left: Told[] = []
    for (const [command, cut] of this.#commands)
      if (cut.host === host && cut.step === step) left.push(...this.end(command))
    return left
  }

  #begin({ command, host, step, ...rest }: Output): Cut {
    const prefix = this.#prefix({ host, ...rest })
    const cut = { host, step, prefix, stdout: new LineCutter(), stderr: new LineCutter() }
    this.#commands.set(command, cut)
    return cut
  }
}

interface Cut extends StepId {
  readonly prefix: string
  readonly stdout: LineCutter
  readonly stderr: LineCutter
}

function told({ prefix }: Cut, to: Told['to'], lines: string): readonly Told[] {
  if (lines === '') return []
  if (prefix === '' && isClean(lines)) return [{ to, text: lines }]
  const each = lines.slice(0, -1).split('\n')
  const clean = isClean(lines) ? each : each.map(cleanLine)
  return [{ to, text: `${prefix}${clean.join(`\n${prefix}`)}\n` }]
}
