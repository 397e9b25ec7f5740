import type { CommandOutcome } from './outcome.ts'

/** What ends the wait for a command to start. */
export interface Patience {
  readonly signals?: readonly AbortSignal[]
  readonly timeoutMs?: number
}

/** Nobody waited any longer: whether the command was started is not known. */
export type GaveUp = CommandOutcome & { readonly type: 'cancelled' | 'timed-out' }

/** How long a host may take to answer somebody who wants to go. A running command is given as long to end. */
const PATIENCE_MS = 5000

/** What a host answers; or, soon after it was cancelled or its time was up, that it did not. */
export async function withPatience<T>(
  answer: Promise<T>,
  { signals = [], timeoutMs }: Patience,
): Promise<T | GaveUp> {
  const timers: NodeJS.Timeout[] = []
  let leave = () => {}
  const gaveUp = new Promise<GaveUp>((resolve) => {
    const goIn = (ms: number, outcome: GaveUp) => void timers.push(setTimeout(resolve, ms, outcome))
    leave = () => goIn(PATIENCE_MS, { type: 'cancelled', remote: { type: 'unknown' } })
    if (timeoutMs !== undefined)
      goIn(timeoutMs + PATIENCE_MS, { type: 'timed-out', afterMs: timeoutMs, remote: { type: 'unknown' } })
  })
  for (const signal of signals) signal.addEventListener('abort', leave)
  try {
    return await Promise.race([answer, gaveUp])
  } finally {
    for (const timer of timers) clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', leave)
  }
}
