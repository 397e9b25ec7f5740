import { setTimeout as pause } from 'node:timers/promises'
import { findRun, type KnownRun, type OpenJob, type RunState, stateOf, stateText } from '../journal/index.ts'
import { UsageError } from '../shell/index.ts'
import type { RunWith } from './run.ts'
import { write } from './streams.ts'

/** `gachette cancel RUN`: ends a run that goes on; of one whose program is dead, ends the jobs it has left. */
export async function cancel(
  { run: typed }: Readonly<Record<string, unknown>>,
  using: RunWith,
): Promise<number> {
  const { world } = using
  const known = findRun(world, String(typed))
  const state = stateOf(known.folder)
  if (state.type === 'running') await endProgram(known, state)
  const left = state.type === 'running' ? stateOf(known.folder) : state
  const jobs = jobsOf(left)
  if (jobs.length > 0) {
    const { endJobs } = await import('./end-jobs.ts')
    return endJobs(known, jobs, using)
  }
  const { run } = known.record
  if (state.type !== 'running')
    throw new UsageError(`nothing of the run ${run} is running: ${stateText(state)}`)
  await write(world.stdout, `${run}: ${stateText(left)}\n`)
  return 0
}

const jobsOf = (state: RunState): readonly OpenJob[] => ('jobs' in state ? state.jobs : [])

/** As Ctrl-C would, from elsewhere; waits until the program has ended what it runs. */
async function endProgram(
  { folder, record }: KnownRun,
  state: RunState & { readonly type: 'running' },
): Promise<void> {
  if (!state.isHere)
    throw new UsageError(`the run ${record.run} goes on elsewhere: ${stateText(state)}`, {
      hint: `gachette cancel ${record.run}  on ${state.machine}`,
    })
  try {
    process.kill(state.pid, 'SIGTERM')
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
  while (stateOf(folder).type === 'running') await pause(50)
}
