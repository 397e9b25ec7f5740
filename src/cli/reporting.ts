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
  const { stdout, stderr, env } = world
  const ci = ciOf(env)
  const isTTY = stdout.isTTY === true && env.TERM !== 'dumb'
  const { json, quiet, verbose, fold, dryRun } = globals
  const onlyAnswers = steps.every(({ invocation }) => invocation.task.answer !== undefined)
  // In a dry run the answer of a host is assumed; what would be asked is worth more.
  const isAssumed = dryRun && steps.some(({ hosts }) => hosts.length > 0)
  return {
    json,
    quiet,
    verbose,
    fold,
    isTTY,
    color: hasColor(env, isTTY || ci !== undefined),
    isSerial,
    streams: { stdout, stderr },
    ...(ci === undefined ? {} : { ci }),
    ...(onlyAnswers && !isAssumed ? { answer: (result, step) => textOf(steps[step], result) } : {}),
  }
}

/** https://no-color.org: set and not empty; FORCE_COLOR is heard where it does not say no. NO_COLOR wins. */
function hasColor({ NO_COLOR, FORCE_COLOR }: World['env'], isShown: boolean): boolean {
  if (NO_COLOR) return false
  return FORCE_COLOR ? !['0', 'false'].includes(FORCE_COLOR) : isShown
}

/** The result is the task's own; no type can say so here. */
const textOf = (step: ReportedStep | undefined, result: unknown): string =>
  (step?.invocation.task as Task<never, unknown> | undefined)?.answer?.(result) ?? ''
