import type { RunFact, StepId } from '../run/index.ts'
import { cleanLine, isClean } from './clean.ts'
import { LineCutter } from './line-cutter.ts'
import type { Told } from './told.ts'

type Output = RunFact & { readonly type: 'output' }

/** Cuts what the commands of a run print into whole lines, each clean and with its host in front. */
export class CommandLines {
  readonly #prefix: (host: string) => string
  readonly #commands = new Map<number, Cut>()

  constructor(prefix: (host: string) => string) {
    this.#prefix = prefix
  }

  push({ command, host, step, stream, text }: Output): readonly Told[] {
    const cut = this.#commands.get(command) ?? {
      host,
      step,
      stdout: new LineCutter(),
      stderr: new LineCutter(),
    }
    this.#commands.set(command, cut)
    return this.#told(host, stream, cut[stream].push(text))
  }

  /** The rest of a command that has ended: a last line without a newline is a line, too. */
  end(command: number): readonly Told[] {
    const cut = this.#commands.get(command)
    if (cut === undefined) return []
    this.#commands.delete(command)
    return [
      ...this.#told(cut.host, 'stdout', cut.stdout.flush()),
      ...this.#told(cut.host, 'stderr', cut.stderr.flush()),
    ]
  }

  /** The rest of all commands of a step: some end without saying so, when their session cannot. */
  endStep({ host, step }: StepId): readonly Told[] {
    const left = [...this.#commands].filter(([, cut]) => cut.host === host && cut.step === step)
    return left.flatMap(([command]) => this.end(command))
  }

  #told(host: string, to: Told['to'], lines: string): readonly Told[] {
    if (lines === '') return []
    const prefix = this.#prefix(host)
    if (prefix === '' && isClean(lines)) return [{ to, text: lines }]
    const each = lines.slice(0, -1).split('\n')
    const clean = isClean(lines) ? each : each.map(cleanLine)
    return [{ to, text: `${prefix}${clean.join(`\n${prefix}`)}\n` }]
  }
}

interface Cut extends StepId {
  readonly stdout: LineCutter
  readonly stderr: LineCutter
}
