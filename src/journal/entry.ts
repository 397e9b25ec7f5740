import { EVENTS_VERSION, type Place, type RunEvent } from '../run/index.ts'
import type { CommandOutcome } from '../session/outcome.ts'
import { UsageError } from '../shell/index.ts'

/** One line of a journal: an event as `--json` prints it, with what is needed to go on from there. */
export type Entry = (RunEvent | TakenUp) & {
  /** Of the start and end of a command, and of the end of a step: how many bytes its host had printed by then, if any. */
  readonly log?: number
  /** Of `run-ended`: jobs that were started, and whose end nobody saw. */
  readonly jobs?: readonly OpenJob[]
}

/** The run was interrupted, and is taken up again: what each host printed from a byte on is told anew. */
export interface TakenUp {
  readonly v: typeof EVENTS_VERSION
  readonly time: string
  readonly type: 'taken-up'
  readonly attempt: number
  readonly cut: Readonly<Record<string, number>>
}

/** A durable job that may still run, and the step that started it. */
export interface OpenJob extends Place {
  readonly job: string
}

/** A job that a step has started, or was about to. */
export const openJob = ({ host, step, on }: Place, job: string): OpenJob => ({
  ...{ host, step, job },
  ...(on === undefined ? {} : { on }),
})

/** The host on which something of a step happens, by its label. */
export const placeOf = ({ on, host }: Place): string => on ?? host

/** Whether what a command started may go on where it ran. */
export const mayGoOn = (outcome: CommandOutcome): boolean =>
  'remote' in outcome && outcome.remote.type !== 'ended'

/** What an entry of each type must have for us to go by it; of other types nothing is read. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, 'string' | 'number' | 'object' | 'list'>>>> = {
  'run-started': { run: 'string', hosts: 'list', steps: 'list' },
  'batch-started': { batch: 'number', batches: 'number', hosts: 'list' },
  'run-ended': { exitCode: 'number', ms: 'number' },
  'taken-up': { attempt: 'number', cut: 'object' },
  'host-connected': { host: 'string', afterMs: 'number' },
  'step-started': { host: 'string', step: 'number' },
  'step-ended': { host: 'string', step: 'number', outcome: 'object', ms: 'number' },
  'command-started': { host: 'string', step: 'number', command: 'number', text: 'string' },
  'command-ended': { host: 'string', step: 'number', command: 'number', outcome: 'object', ms: 'number' },
  'job-started': { host: 'string', step: 'number', command: 'number', job: 'string' },
  'transfer-started': {
    host: 'string',
    step: 'number',
    direction: 'string',
    local: 'string',
    remote: 'string',
  },
  'transfer-ended': { host: 'string', step: 'number', direction: 'string', bytes: 'number' },
  log: { host: 'string', step: 'number', level: 'string', text: 'string' },
  'host-concluded': { host: 'string', step: 'number', is: 'string', text: 'string' },
  noted: { host: 'string', step: 'number', name: 'string' },
  warning: { text: 'string' },
}

/** A line as an entry; undefined for what is none: torn, foreign, of a type that came later. Refuses a later version. */
export function parseEntry(line: string): Entry | undefined {
  const value = objectIn(line)
  if (value === undefined) return undefined
  if (typeof value.v === 'number' && value.v > EVENTS_VERSION) throw newer(value.v)
  if (value.v !== EVENTS_VERSION || typeof value.time !== 'string' || typeof value.type !== 'string')
    return undefined
  const shape = Object.hasOwn(SHAPES, value.type) ? SHAPES[value.type] : undefined
  if (shape === undefined) return undefined
  const fits = Object.entries(shape).every(([name, kind]) => isA(kind, value[name]))
  const { log, jobs, on, job } = value
  const fitsToo =
    isMaybe('number', log) &&
    isMaybe('string', on) &&
    isMaybe('string', job) &&
    (jobs === undefined || areJobs(jobs))
  // The one place where a line becomes an entry: what is read of it was checked.
  return fits && fitsToo && hasOutcome(value) ? (value as unknown as Entry) : undefined
}

/** The refusal of what a later program wrote. */
export const newer = (v: unknown): UsageError =>
  new UsageError(`this was recorded by a newer gachette (version ${String(v)} of the journal)`, {
    hint: 'read it with that one',
  })

const isMaybe = (kind: string, value: unknown): boolean => value === undefined || isA(kind, value)

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function isA(kind: string, value: unknown): boolean {
  if (kind === 'list') return Array.isArray(value)
  if (kind === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return kind === 'number' ? Number.isFinite(value) : typeof value === kind
}

function hasOutcome({ outcome, steps, hosts }: Record<string, unknown>): boolean {
  if (outcome !== undefined && !isOutcome(outcome)) return false
  if (Array.isArray(hosts) && !hosts.every((host) => typeof host === 'string')) return false
  return !Array.isArray(steps) || steps.every((step) => typeof step === 'number' || isStepName(step))
}

function isOutcome(outcome: unknown): boolean {
  const { type, remote } = { ...(outcome as object) } as Record<string, unknown>
  return typeof type === 'string' && (remote === undefined || isOutcome(remote))
}

const isStepName = (step: unknown): boolean =>
  typeof step === 'object' &&
  step !== null &&
  'task' in step &&
  typeof step.task === 'string' &&
  'text' in step &&
  typeof step.text === 'string'

const areJobs = (jobs: unknown): boolean =>
  Array.isArray(jobs) &&
  jobs.every(
    (each) =>
      isA('string', each?.host) &&
      isA('number', each.step) &&
      isA('string', each.job) &&
      isMaybe('string', each.on),
  )
