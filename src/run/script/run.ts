import { Secret } from '../../shell/index.ts'
import { completeArgs, type Invocation, nameOfTask, type Task } from '../../task/index.ts'
import type { RunOutcome } from '../execute.ts'
import { hostsFor } from '../hosts-for.ts'
import { type Plan, planRun } from '../plan.ts'
import { type PlanDocument, planDocument } from '../plan-document.ts'
import type { Earlier } from '../run-scope.ts'
import { requestOf, type Selected } from './find.ts'
import { openScript, type Script, type ScriptOptions } from './script.ts'

/** A task and its arguments, which may be left out where none is required. */
export type Call<Args> = readonly [task: Task<Args>, args?: NoInfer<Args>]

/** What is to be run where: all that a command line can say, from a program. How hosts are gone over is in the settings. */
export interface RunOrder<All extends readonly unknown[] = readonly unknown[]>
  extends ScriptOptions,
    Selected {
  /** In order: `[[drain], [restart, { unit: 'nginx' }]]`. */
  readonly tasks: readonly [...{ readonly [At in keyof All]: Call<All[At]> }]
  /** Selections, as after `-H`: `['@web', '!web07']`. Without any: each task's own hosts, else those of the settings. */
  readonly hosts?: readonly string[]
  /** How the same order ended before: what was done then is not done again. */
  readonly resume?: Pick<RunOutcome, 'steps'>
}

/**
 * Runs tasks on hosts. Settings, roles and inventory are found as the command line finds them; nothing is printed, and
 * the process goes on. Rejects before anything was touched, with a UsageError or a SettingsError, or with what `onEvent`
 * threw: what goes wrong on a host is in the outcome.
 */
export async function run<const All extends readonly unknown[]>(order: RunOrder<All>): Promise<RunOutcome> {
  const script = await openScript(order)
  const planned = await planOf(order, script)
  return script.execute(planned, order.resume === undefined ? {} : { earlier: doneIn(order.resume) })
}

/**
 * What `run` would do with the same order, in the order in which it would; nothing is connected. Rejects as `run`
 * does.
 */
export async function plan<const All extends readonly unknown[]>(
  order: RunOrder<All>,
): Promise<PlanDocument> {
  const script = await openScript(order)
  return planDocument(await planOf(order, script), script.options, order.resume && doneIn(order.resume))
}

async function planOf(order: RunOrder, script: Script): Promise<Plan> {
  const request = requestOf(order)
  const steps = []
  for (const [task, given] of order.tasks as readonly Call<unknown>[]) {
    const invocation = invocationOf(task, { ...(given as object | undefined) }, script)
    steps.push({ invocation, hosts: await hostsFor(invocation, request, script) })
  }
  return planRun(steps)
}

/** A task that was not loaded by a name is called by its summary. */
function invocationOf(
  task: Task<unknown>,
  given: Readonly<Record<string, unknown>>,
  { setting }: Script,
): Invocation {
  const { params } = task
  const name = nameOfTask(task)
  const words = Object.entries(given).map(([param, value]) => `${param}=${textOf(value)}`)
  return {
    name,
    task,
    args: completeArgs({ task: name, params, given, setting }),
    text: [name, ...words].join(' '),
  }
}

const textOf = (value: unknown): string => (value instanceof Secret ? '***' : JSON.stringify(value))

function doneIn({ steps }: Pick<RunOutcome, 'steps'>): Earlier {
  const done = new Map(
    steps
      .filter(({ outcome }) => outcome.type === 'done')
      .map(({ host, step, outcome, result }) => [`${step} ${host}`, { outcome, result }]),
  )
  return { ended: ({ host, step }) => done.get(`${step} ${host}`), notes: () => new Map() }
}
