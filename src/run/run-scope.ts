import { parseHost } from '../inventory/index.ts'
import type { Secret } from '../shell/index.ts'
import type { TaskContext } from '../task/task.ts'
import type { Emit } from './carry-out.ts'
import { EVENTS_VERSION, type StepId, type StepOutcome } from './events.ts'
import type { ExecuteOptions } from './execute.ts'
import { HostFinder } from './host-finder.ts'
import { HostSessions } from './host-sessions.ts'
import { Jobs } from './jobs.ts'
import { Masks } from './masks.ts'
import type { Plan } from './plan.ts'
import { type Privilege, privilegeOf } from './privilege.ts'

/** What the steps of a run share. */
export interface RunScope {
  readonly emit: Emit
  readonly masks: Masks
  readonly sessions: HostSessions
  /** Hosts as tasks name them. */
  readonly hosts: HostFinder
  readonly signal: AbortSignal
  readonly setting: TaskContext['setting']
  readonly dryRun: boolean
  readonly commandTimeoutMs: number
  readonly jobs: Jobs
  readonly privilege: Privilege
  readonly nextCommand: () => number
  readonly earlier?: Earlier
}

/** What an earlier attempt of the same run has left, by host label and step. */
export interface Earlier {
  /** How a step ended that is not to be run again, and what it answered; undefined: it is to be run. */
  readonly ended: (id: StepId) => { readonly outcome: StepOutcome; readonly result?: unknown } | undefined
  /** What `once` noted in a step that did not come to its end, by name. */
  readonly notes: (id: StepId) => ReadonlyMap<string, unknown>
}

/** @param signal aborted when the run is cancelled */
export function runScope(
  plan: Plan,
  options: ExecuteOptions & { readonly run: string },
  signal: AbortSignal,
): RunScope {
  const { openSession, onEvent, setting, dryRun = false, commandTimeoutMs = 0, reconnectMs = 0 } = options
  const masks = new Masks(options.secrets)
  const emit: Emit = (fact) => {
    if (onEvent === undefined) return undefined
    const event = { v: EVENTS_VERSION, time: new Date().toISOString(), ...fact } as const
    const slow = masks
      .of(event)
      .map(onEvent)
      .filter((wait) => wait !== undefined)
    return slow.length === 0 ? undefined : Promise.all(slow).then(() => undefined)
  }
  const warn = (text: string) => void emit({ type: 'warning', text })
  const mask = (secret: Secret) => masks.add([secret])
  const sessions = new HostSessions(async ({ host, label }, giveUp = signal) => {
    const since = performance.now()
    const session = await openSession(host, { dryRun, signal: giveUp, warn, mask })
    const afterMs = Math.round(performance.now() - since)
    if (!dryRun) emit({ type: 'host-connected', host: label, afterMs })
    return session
  })
  let commands = 0
  return {
    emit,
    masks,
    sessions,
    hosts: new HostFinder(plan, options.hostOf ?? parseHost),
    signal,
    setting,
    dryRun,
    commandTimeoutMs,
    jobs: new Jobs(options.run, reconnectMs),
    privilege: privilegeOf(options, masks),
    nextCommand: () => commands++,
    ...(options.earlier === undefined ? {} : { earlier: options.earlier }),
  }
}
