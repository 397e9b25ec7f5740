import { parseHost } from '../inventory/index.ts'
import type { Secret } from '../shell/index.ts'
import type { TaskContext } from '../task/task.ts'
import { Audience } from './audience.ts'
import type { Emit } from './carry-out.ts'
import { Jobs } from './durable/jobs.ts'
import { EVENTS_VERSION, type StepId, type StepOutcome } from './events.ts'
import type { ExecuteOptions } from './execute.ts'
import type { Following } from './following.ts'
import { HostFinder } from './host-finder.ts'
import { HostSessions } from './host-sessions.ts'
import { Masks } from './masks/masks.ts'
import type { Plan } from './plan.ts'
import { type Privilege, privilegeOf } from './privilege.ts'
import type { RolloutOptions } from './roll-out.ts'

/** What the steps of a run share. */
export interface RunScope {
  readonly emit: Emit
  /** Waits for those who hear the events; throws what went wrong with them. */
  readonly heard: () => Promise<void>
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
  /** How the hosts of a step that conducts them are divided, and how many may fail. */
  readonly rollout: Pick<RolloutOptions, 'batch' | 'canary' | 'maxFail'>
  readonly earlier?: Earlier
}

/** What an earlier attempt of the same run has left, by host label and step. */
export interface Earlier {
  /** How a step ended that is not to be run again, and what it answered; undefined: it is to be run. */
  readonly ended: (id: StepId) => { readonly outcome: StepOutcome; readonly result?: unknown } | undefined
  /** What `once` noted in a step that did not come to its end, by name. */
  readonly notes: (id: StepId) => ReadonlyMap<string, unknown>
}

/** @param following its signal is aborted when the run is cancelled */
export function runScope(
  plan: Plan,
  options: ExecuteOptions & { readonly run: string },
  { signal, abort }: Pick<Following, 'signal' | 'abort'>,
): RunScope {
  const { openSession, onEvent, setting, dryRun = false, commandTimeoutMs = 0, reconnectMs = 0 } = options
  const masks = new Masks(options.secrets)
  const audience = onEvent && new Audience(onEvent, abort)
  const emit: Emit = (fact) =>
    audience?.tell(masks.of({ v: EVENTS_VERSION, time: new Date().toISOString(), ...fact }))
  const warn = (text: string) => void emit({ type: 'warning', text })
  const mask = (secret: Secret) => masks.add([secret])
  const sessions = new HostSessions(async ({ host, label }, giveUp) => {
    const since = performance.now()
    const session = await openSession(host, { dryRun, signal: giveUp, warn, mask })
    const afterMs = Math.round(performance.now() - since)
    if (!dryRun) emit({ type: 'host-connected', host: label, afterMs })
    return session
  }, signal)
  let commands = 0
  return {
    emit,
    heard: async () => audience?.heard(),
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
    rollout: options,
    ...(options.earlier === undefined ? {} : { earlier: options.earlier }),
  }
}
