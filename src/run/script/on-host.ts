import { CancelledError, TaskError } from '../../shell/index.ts'
import { defineTask, type TaskContext } from '../../task/index.ts'
import { planRun } from '../plan.ts'
import { openScript, type ScriptOptions } from './script.ts'

/** What `onHost` may be told besides the host and what to do there. */
export type OnHostOptions = ScriptOptions

/**
 * One host for a plain script: `await onHost('root@build1', (remote) => remote.ask`uname -r`)`. Settings are found as the
 * command line finds them. The connection is opened when it is first needed, and closed when `body` has ended. Throws
 * what `body` throws.
 */
export async function onHost<T>(
  host: string,
  body: (remote: TaskContext) => Promise<T>,
  options: OnHostOptions = {},
): Promise<T> {
  const script = await openScript(options)
  let ended: { readonly value: T } | { readonly error: unknown } | undefined
  const task = defineTask({
    summary: 'a script',
    async run(context) {
      try {
        ended = { value: await body(context) }
      } catch (error) {
        ended = { error }
        throw error
      }
    },
  })
  const hosts = [(await script.inventory()).host(host)]
  const plan = planRun([{ invocation: { name: 'script', task, args: {}, text: 'script' }, hosts }])
  const { steps } = await script.execute(plan)
  const outcome = steps[0]?.outcome
  if (ended !== undefined && 'error' in ended) throw ended.error
  // What the body started and did not wait for may fail after it has returned.
  if (outcome?.type === 'done' && ended !== undefined) return ended.value
  if (outcome !== undefined && 'message' in outcome) throw new TaskError(outcome.message)
  throw new CancelledError(`${host}: the script was cancelled`)
}
