import { parseHost } from '../inventory/index.ts'
import { execute, planRun, type RunEvent, type StepOutcome } from '../run/index.ts'
import { dryRunSession, type RecordedCall, type RecordedScript, recordedSession } from '../session/index.ts'
import { CancelledError, type Secret } from '../shell/index.ts'
import { defineTask, type Task } from '../task/index.ts'

/** How a rehearsal is set up; without anything every command of every host exits 0 and prints nothing. */
export interface Rehearsal {
  /** What the hosts answer, by host; or what all of them answer. */
  readonly answers?: RecordedScript | Readonly<Record<string, RecordedScript>>
  /** The host of the task; `recorded` unless given. */
  readonly host?: string
  /** What `setting(name)` answers, by dotted name. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly secrets?: readonly Secret[]
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/** What came of a rehearsal. */
export interface Rehearsed<Result> {
  readonly outcome: StepOutcome
  /** What the task answered; undefined unless it is done. */
  readonly result: Result | undefined
  /** What was asked of hosts, in order, secrets as `***`. */
  readonly calls: readonly (RecordedCall & { readonly host: string })[]
  /** What the task said with `log` and `warn`. */
  readonly said: readonly string[]
  readonly events: readonly RunEvent[]
}

/**
 * Runs a task as a run would, against hosts that answer from a script: nothing is connected. What the task throws is in
 * the outcome; a command that the script does not foresee fails it.
 */
export async function rehearse<Args, Result>(
  task: Task<Args, Result>,
  args: Args,
  { answers = () => ({}), host = 'recorded', settings = {}, ...options }: Rehearsal = {},
): Promise<Rehearsed<Result>> {
  const calls: (RecordedCall & { readonly host: string })[] = []
  const events: RunEvent[] = []
  let result: Result | undefined
  const body = defineTask({
    summary: task.summary,
    run: async (context) => {
      result = await task(context, args)
      return result
    },
  })
  const invocation = { name: 'rehearsal', task: body, args: {}, text: 'rehearsal' }
  const { steps } = await execute(planRun([{ invocation, hosts: [parseHost(host)] }]), {
    setting: (name) => settings[name],
    openSession: async (each, { dryRun }) =>
      dryRun
        ? dryRunSession(each)
        : recordedSession(answersOf(answers, each.name), each, (call) =>
            calls.push({ ...call, host: each.name }),
          ),
    onEvent: (event) => void events.push(event),
    ...options,
  })
  const [step] = steps
  if (step === undefined) throw new CancelledError('the rehearsal was cancelled')
  const said = events.flatMap((event) => (event.type === 'log' ? [event.text] : []))
  return { outcome: step.outcome, result, calls, said, events }
}

function answersOf(answers: NonNullable<Rehearsal['answers']>, host: string): RecordedScript {
  if (typeof answers === 'function' || isList(answers)) return answers
  // A host that nobody foresaw is asked nothing.
  return Object.hasOwn(answers, host) ? (answers[host] ?? []) : []
}

const isList = (
  answers: NonNullable<Rehearsal['answers']>,
): answers is Extract<RecordedScript, readonly unknown[]> => Array.isArray(answers)
