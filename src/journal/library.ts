import { homedir } from 'node:os'
import type { RunEvent } from '../run/index.ts'
import type { RecorderOptions } from './recorder.ts'
import type { RunSummary } from './runs.ts'

// For programs. The rest of the room is loaded when it is asked for: every task file loads this one.

/**
 * A listener for the `onEvent` of `run` and `onHost` that writes runs down as the command line does, one after the other:
 * `gachette runs`, `log` and `cancel` know them then. Give it the settings that the runs are given. Where nothing can be
 * written it says so to `warn`, and the run goes on. Rejects with a SettingsError.
 */
export async function recorder(options: RecorderOptions = {}): Promise<(event: RunEvent) => void> {
  const { recorderIn } = await import('./recorder.ts')
  return recorderIn(here(), options)
}

/**
 * The last `count` runs that this user's command lines recorded, the newest first; those that cannot be read are
 * left out.
 */
export async function recordedRuns(count = 20): Promise<readonly RunSummary[]> {
  const { listRuns } = await import('./runs.ts')
  return listRuns(here(), count)
}

/** The events of a recorded run, by its name or as `last`, with what its hosts printed. Throws a UsageError. */
export async function* recordedEvents(run: string): AsyncGenerator<RunEvent> {
  const { findRun } = await import('./runs.ts')
  const { replay } = await import('./replay.ts')
  yield* replay(findRun(here(), run).folder)
}

/**
 * What one host printed in a recorded run, stdout and stderr as they came, in pieces; where the middle was left out
 * (log_limit), a line says so. Throws a UsageError for a run or a host that is not there.
 */
export async function* recordedLog(run: string, host: string): AsyncGenerator<string> {
  const { findRun, labelOf } = await import('./runs.ts')
  const { logOf } = await import('./replay.ts')
  const known = findRun(here(), run)
  yield* logOf(known.folder, labelOf(known, host))
}

const here = () => ({ env: process.env, home: homedir() })
