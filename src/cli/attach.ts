import { runAsRecorded } from './again.ts'
import type { RunWith } from './run.ts'

/** `gachette attach RUN`: takes an interrupted run up, under its own name, where it was left. */
export const attach = ({ run }: Readonly<Record<string, unknown>>, now: RunWith): Promise<number> =>
  runAsRecorded({ how: 'attach', run: String(run) }, now)
