import { homedir } from 'node:os'
import { loadSettings, type OverrideValue, secretsIn } from '../config/index.ts'
import { parseHost } from '../inventory/index.ts'
import { connectSettings } from '../session/from-settings.ts'
import { openSession } from '../session/index.ts'
import { CancelledError, TaskError } from '../shell/index.ts'
import { defineTask, type TaskContext } from '../task/index.ts'
import type { RunEvent } from './events.ts'
import { execute } from './execute.ts'
import { planRun } from './plan.ts'

export interface OnHostOptions {
  /** Settings by dotted name; they win over the files, as `--set` does. */
  readonly settings?: Readonly<Record<string, OverrideValue>>
  /** Where settings files are looked for; the working directory unless given. */
  readonly cwd?: string
  /** Hears what happens: commands, output, warnings. Without it a script is silent. */
  readonly onEvent?: (event: RunEvent) => void | Promise<void>
  /** Aborting ends what runs on the host. */
  readonly signal?: AbortSignal
  readonly dryRun?: boolean
}

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
  const { cwd = process.cwd(), onEvent, signal, dryRun = false } = options
  const overrides = Object.entries(options.settings ?? {}).map(([key, value]) => ({
    key,
    value,
    source: 'the script',
  }))
  const loaded = await loadSettings({ cwd, home: homedir(), env: process.env, overrides })
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
  let warned: (message: string) => void = () => {}
  const connecting = connectSettings(loaded, { warn: (message) => warned(message) })
  const plan = planRun([
    { invocation: { name: 'script', task, args: {}, text: 'script' }, hosts: [parseHost(host)] },
  ])
  const { steps } = await execute(plan, {
    setting: Object.assign((name: string) => loaded.get(name), { all: () => loaded.origins() }),
    openSession: (each, { warn, ...rest }) => {
      warned = warn
      return openSession(each, connecting, rest)
    },
    secrets: secretsIn(loaded.settings),
    sudoPassword: loaded.settings.sudo_password,
    sudoUser: loaded.settings.sudo_user,
    commandTimeoutMs: loaded.settings.command_timeout * 1000,
    reconnectMs: loaded.settings.reconnect * 1000,
    dryRun,
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(signal === undefined ? {} : { signal }),
  })
  const outcome = steps[0]?.outcome
  if (ended !== undefined && 'error' in ended) throw ended.error
  // What the body started and did not wait for may fail after it has returned.
  if (outcome?.type === 'done' && ended !== undefined) return ended.value
  if (outcome !== undefined && 'message' in outcome) throw new TaskError(outcome.message)
  throw new CancelledError(`${host}: the script was cancelled`)
}
