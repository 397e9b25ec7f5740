import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunRequest } from '../run/index.ts'
import { UsageError } from '../shell/index.ts'
import { newer } from './entry.ts'
import { REQUEST } from './place.ts'
import type { RecordedPlan } from './recorded-plan.ts'

/** Version of request.json; grows when a field changes its meaning or goes. */
export const RECORD_VERSION = 1

/** What was asked for when a run began: enough to do it again, without its secrets. */
export interface RunRecord {
  readonly v: typeof RECORD_VERSION
  readonly run: string
  /** The version of the command line; absent where it was a program of the user's own. */
  readonly program?: string
  readonly startedAt: string
  /** As one would type it, secrets masked. */
  readonly line: string
  readonly request: RunRequest
  /** What of the request is secret and was left out, in words: `token of restart`. */
  readonly withheld: readonly string[]
  readonly plan: RecordedPlan
  readonly cwd: string
  /** The settings files that were read, nearest first. */
  readonly settingsFiles: readonly string[]
  /** The run that this one goes on with, or repeats a part of. */
  readonly of?: { readonly run: string; readonly how: 'resume' | 'failed' }
  /** The hosts it is limited to, by label; all of the request's unless given. */
  readonly only?: readonly string[]
  /** Begun by a program of the user's own, and by no line: there is none that does it again. */
  readonly isScript?: true
}

/** Writes it whole or not at all. */
export function writeRecord(folder: string, record: RunRecord): void {
  const draft = join(folder, `.${REQUEST}`)
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, join(folder, REQUEST))
}

/** Undefined where there is none, or what is there is not one of ours. Refuses a later version. */
export function readRecord(folder: string): RunRecord | undefined {
  let found: unknown
  try {
    found = JSON.parse(readFileSync(join(folder, REQUEST), 'utf8'))
  } catch {
    return undefined
  }
  const version = typeof found === 'object' && found !== null && 'v' in found ? found.v : undefined
  if (typeof version === 'number' && version > RECORD_VERSION) throw newer(version)
  return version === RECORD_VERSION && isRecord(found) ? found : undefined
}

/** As `readRecord`, for a run that must be known. */
export function recordOf(run: string, folder: string): RunRecord {
  const record = readRecord(folder)
  if (record !== undefined) return record
  throw new UsageError(`what is recorded of the run ${run} cannot be read`, {
    hint: `${join(folder, REQUEST)} is not there, or is damaged`,
  })
}

function isRecord(found: unknown): found is RunRecord {
  const { run, line, startedAt, request, plan, withheld, cwd, settingsFiles, only } = {
    ...(found as object),
  } as Record<string, unknown>
  const texts = [run, line, startedAt, cwd].every((text) => typeof text === 'string')
  const lists = [withheld, settingsFiles, only ?? []].every(areTexts)
  return texts && lists && isRequest(request) && isPlan(plan)
}

function isRequest(found: unknown): boolean {
  const { v, calls, command, hosts, roles, exclude, limit, settings } = asObject(found)
  if (v !== 1 || ![hosts, roles, exclude, limit ?? []].every(areTexts)) return false
  const { line, words } = asObject(command)
  if (command !== undefined && typeof line !== 'string' && !areTexts(words)) return false
  return isListOf(calls, isCall) && isListOf(settings, isOverride)
}

const isCall = ({ task, positional, named }: Record<string, unknown>): boolean =>
  typeof task === 'string' &&
  areTexts(positional) &&
  typeof named === 'object' &&
  areTexts(Object.values(asObject(named)))

const isOverride = ({ key, value, source }: Record<string, unknown>): boolean =>
  typeof key === 'string' &&
  typeof source === 'string' &&
  (areTexts(value) || ['string', 'number', 'boolean'].includes(typeof value))

const isPlan = (found: unknown): boolean => {
  const { hosts, steps } = asObject(found)
  const isHost = ({ label, host }: Record<string, unknown>) =>
    typeof label === 'string' && typeof host === 'string'
  const isStep = ({ task, text, hosts: on, conducts = [], args }: Record<string, unknown>) =>
    typeof task === 'string' &&
    typeof text === 'string' &&
    areTexts(on) &&
    areTexts(conducts) &&
    typeof args === 'object'
  return isListOf(hosts, isHost) && isListOf(steps, isStep)
}

const asObject = (found: unknown): Record<string, unknown> =>
  typeof found === 'object' && found !== null ? { ...found } : {}

const isListOf = (list: unknown, fits: (each: Record<string, unknown>) => boolean): boolean =>
  Array.isArray(list) && list.every((each) => fits(asObject(each)))

const areTexts = (list: unknown): boolean =>
  Array.isArray(list) && list.every((each) => typeof each === 'string')
