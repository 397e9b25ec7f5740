import type { RunEvent, RunFact } from '../run/index.ts'
import type { Paint } from './paint.ts'
import { resultLines } from './result-text.ts'
import type { Told } from './told.ts'

/** How what the machines and the tasks say is told: as it comes, or each text once when all have spoken. */
export interface Speech {
  readonly hear: (event: RunEvent) => readonly Told[]
  /** Whether the last lines of a step that is ending were told just as they are; asked before its `step-ended` is heard. */
  readonly hasTold: (ended: StepEnded) => boolean
}

export type StepEnded = RunFact & { readonly type: 'step-ended' }

/** What a task answered, for people; objects and lists of a task that spoke for itself are for programs. */
export function answerLines(
  { result, outcome, earlier }: StepEnded,
  hasSpoken: boolean,
  paint: Paint,
): readonly string[] {
  if (outcome.type !== 'done' || earlier || (hasSpoken && typeof result === 'object')) return []
  return resultLines(result).map((line) => `${paint.good('→')} ${line}`)
}

/** One step on one host, as a key. */
export const keyOf = ({ host, step }: { readonly host: string; readonly step: number }): string =>
  `${step} ${host}`
