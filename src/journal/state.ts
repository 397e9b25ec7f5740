import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type OpenJob, parseEntry } from './entry.ts'
import { lastLine } from './lines.ts'
import { fateOf, type Owner, ownerOf } from './owner.ts'
import { readPast } from './past.ts'
import { EVENTS } from './place.ts'

/** What has become of a run, as far as can be seen from this machine. `jobs` may still run on their hosts. */
export type RunState =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly exitCode: number; readonly jobs: readonly OpenJob[] }
  | { readonly type: 'cancelled'; readonly jobs: readonly OpenJob[] }
  | { readonly type: 'running'; readonly pid: number; readonly machine: string; readonly isHere: boolean }
  | { readonly type: 'interrupted'; readonly jobs: readonly OpenJob[] }
  /** The disk was full, or the folder gone: what came after that is not known. */
  | { readonly type: 'broken-off' }

/** Reads no more than the end of a journal, unless the run was interrupted. */
export function stateOf(folder: string): RunState {
  const owner = ownerOf(folder)
  const last = lastEntry(folder)
  if (last?.type === 'run-ended') return endOf(last.exitCode, last.jobs ?? [])
  const fate = owner === undefined ? 'dead' : fateOf(owner)
  if (owner !== undefined && fate !== 'dead') return running(owner, fate === 'alive')
  if (owner?.isBroken) return { type: 'broken-off' }
  // Its last line may be longer than what was read of it.
  const { exitCode, jobs } = readPast(folder)
  return exitCode === undefined ? { type: 'interrupted', jobs } : endOf(exitCode, jobs)
}

/** A state in a few words: `failed (exit 1)`, `interrupted; 2 jobs may still run`. */
export function stateText(state: RunState): string {
  switch (state.type) {
    case 'done':
      return 'done'
    case 'failed':
      return `failed (exit ${state.exitCode})${jobsText(state.jobs)}`
    case 'cancelled':
    case 'interrupted':
      return `${state.type}${jobsText(state.jobs)}`
    case 'running':
      return `running (pid ${state.pid}${state.isHere ? '' : ` on ${state.machine}`})`
    case 'broken-off':
      return 'not recorded to its end'
  }
}

function endOf(exitCode: number, jobs: readonly OpenJob[]): RunState {
  if (exitCode === 0) return { type: 'done' }
  return exitCode === 130 ? { type: 'cancelled', jobs } : { type: 'failed', exitCode, jobs }
}

const running = ({ pid, machine }: Owner, isHere: boolean): RunState => ({
  type: 'running',
  pid,
  machine,
  isHere,
})

function lastEntry(folder: string) {
  const path = join(folder, EVENTS)
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const line = size === 0 ? undefined : lastLine(path, size)
  return line === undefined ? undefined : parseEntry(line)
}

function jobsText({ length }: readonly OpenJob[]): string {
  if (length === 0) return ''
  return length === 1 ? '; a job may still run' : `; ${length} jobs may still run`
}
