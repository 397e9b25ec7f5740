import { foldNames } from '../inventory/index.ts'
import { fateText, outcomeName, type StepOutcome } from '../run/index.ts'
import { cleanLine, cleanLines } from './clean.ts'
import type { Paint } from './paint.ts'

export interface FailedStep {
  readonly host: string
  readonly task: string | undefined
  readonly outcome: StepOutcome
}

/** Steps that failed alike: the same task in the same way, with the same words but for the name of the host. */
export type FailedAlike = readonly [FailedStep, ...FailedStep[]]

/** Steps that are not done, those that failed alike together, in the order of their first ones. */
export function failedSteps(steps: readonly FailedStep[]): readonly FailedAlike[] {
  const groups = new Map<string, [FailedStep, ...FailedStep[]]>()
  for (const step of steps) {
    const key = JSON.stringify([step.task, step.outcome], (name, value: unknown) =>
      name === 'message' && typeof value === 'string' ? withoutHost(value, step.host) : value,
    )
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [step])
    else group.push(step)
  }
  return [...groups.values()]
}

/** So many ways to fail are told in full; of a thousand more, a line each. */
const MOST_IN_FULL = 20

/** What failed, in lines: in full, as far as anybody reads that. */
export const allFailureLines = (
  failed: readonly FailedAlike[],
  paint: Paint,
  verbose: boolean,
): readonly string[] =>
  failed.flatMap((steps, at) => {
    const lines = failureLines(steps, paint, verbose)
    return at < MOST_IN_FULL ? lines : [lines.slice(0, 2).join('')]
  })

/** Steps that failed alike, in lines: hosts, task (unless it goes without saying) and outcome; the message; the last lines of output; what to do. */
export function failureLines(steps: FailedAlike, paint: Paint, verbose: boolean): readonly string[] {
  const [{ host, task, outcome }] = steps
  const head = `${paint.strong(namesOf(steps))}: ${task === undefined ? '' : `${cleanLine(task)}: `}`
  switch (outcome.type) {
    case 'done':
      return []
    case 'skipped':
      return [`${head}${paint.faint(`skipped: because ${outcome.because}`)}`]
    case 'cancelled':
      return [`${head}${paint.bad('cancelled')}; ${remoteText(outcome.remote)}`]
    default: {
      const { message, output = [], hint } = outcome
      const stack = outcome.type === 'failed' && verbose ? outcome.fault?.stack : undefined
      return [
        `${head}${paint.bad(outcomeName(outcome))}`,
        ...cleanLines(withoutHost(message, host)).map((line) => `  ${line}`),
        ...output.map((line) => paint.faint(`  | ${cleanLine(line)}`)),
        ...(hint === undefined ? [] : cleanLines(hint).map((line) => `  ${paint.careful(line)}`)),
        ...(stack === undefined ? [] : cleanLines(stack).map((line) => paint.faint(`  ${line}`))),
      ]
    }
  }
}

/** The hosts of steps that failed alike, as one name. */
export const namesOf = (steps: FailedAlike): string => cleanLine(foldNames(steps.map(({ host }) => host)))

const remoteText = (remote: (StepOutcome & { readonly type: 'cancelled' })['remote']): string =>
  remote.type === 'idle'
    ? 'nothing was running there'
    : remote.type === 'goes-on'
      ? 'what the hosts have begun goes on there to its end'
      : fateText(remote)

/** Messages begin with the host, for those who read them alone; here it stands above them already. */
export const withoutHost = (message: string, host: string): string =>
  message.startsWith(`${host}: `) ? message.slice(host.length + 2) : message
