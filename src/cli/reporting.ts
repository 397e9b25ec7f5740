import { ciOf, type ReporterOptions } from '../report/index.ts'
import type { Task } from '../task/index.ts'
import type { Globals } from './options.ts'
import type { World } from './streams.ts'

/** The tasks of a line, as far as their report is concerned. */
export interface ReportedStep {
  readonly invocation: { readonly task: Task }
  readonly hosts: readonly unknown[]
}

export interface ReportedRun {
  readonly globals: Globals
  readonly world: World
  /** Whether one host comes after the other. */
  readonly isSerial: boolean
}

/** How a run is to be reported: what the flags, the environment and the streams say. */
export function reporting(
  { globals, world, isSerial }: ReportedRun,
  steps: readonly ReportedStep[],
): ReporterOptions {
  const { dryRun } = globals
  const onlyAnswers = steps.every(({ invocation }) => invocation.task.answer !== undefined)
  // In a dry run the answer of a host is assumed; what would be asked is worth more.
  const isAssumed = dryRun && steps.some(({ hosts }) => hosts.length > 0)
  return {
    ...lookOf(globals, world),
    isSerial,
    ...(onlyAnswers && !isAssumed ? { answer: (result, step) => textOf(steps[step], result) } : {}),
  }
}

/** The same for whatever is told: the flags that say how, and where it is shown. */
export function lookOf(
  { json, quiet, verbose, fold }: Globals,
  { stdout, stderr, env }: World,
): ReporterOptions {
  const ci = ciOf(env)
  const isTTY = stdout.isTTY === true && env.TERM !== 'dumb'
  const color = hasColor(env, isTTY || ci !== undefined)
  const streams = { stdout, stderr }
  return { json, quiet, verbose, fold, isTTY, color, streams, ...(ci === undefined ? {} : { ci }) }
}

/** https://no-color.org: set and not empty; FORCE_COLOR is heard where it does not say no. NO_COLOR wins. */
function hasColor({ NO_COLOR, FORCE_COLOR }: World['env'], isShown: boolean): boolean {
  if (NO_COLOR) return false
  return FORCE_COLOR ? !['0', 'false'].includes(FORCE_COLOR) : isShown
}

/** The result is the task's own; no type can say so here. */
const textOf = (step: ReportedStep | undefined, result: unknown): string =>
  (step?.invocation.task as Task<never, unknown> | undefined)?.answer?.(result) ?? ''
