import { setTimeout as pause } from 'node:timers/promises'
import { findRun, stateOf, stateText } from '../journal/index.ts'
import { UsageError } from '../shell/index.ts'
import type { RunWith } from './run.ts'
import { write } from './streams.ts'

/** `gachette cancel RUN`: ends a run that goes on; of one whose program is dead, ends the jobs it has left. */
export async function cancel(
  { run: typed }: Readonly<Record<string, unknown>>,
  using: RunWith,
): Promise<number> {
  const { world } = using
  const { folder, record } = findRun(world, String(typed))
  const state = stateOf(folder)
  if (state.type === 'running' && !state.isHere)
    throw new UsageError(`the run ${record.run} goes on elsewhere: ${stateText(state)}`, {
      hint: `gachette cancel ${record.run}  on ${state.machine}`,
    })
  if (state.type === 'running') {
    process.kill(state.pid, 'SIGTERM')
    while (stateOf(folder).type === 'running') await pause(50)
    await write(world.stdout, `${record.run}: ${stateText(stateOf(folder))}\n`)
    return 0
  }
  throw new UsageError(`nothing of the run ${record.run} is running: ${stateText(state)}`)
}
