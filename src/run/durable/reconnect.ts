import { setTimeout as pause } from 'node:timers/promises'
import type { Session } from '../../session/session.ts'
import { CancelledError, UnreachableError } from '../../shell/index.ts'

/** How a host is sought again that was lost. */
export interface Reconnecting {
  /** A new session instead of one that was lost. Rejects with an UnreachableError or a CancelledError. */
  readonly reopen: (lost: Session, signal: AbortSignal) => Promise<Session>
  /** For how long it is tried; 0: not at all. */
  readonly withinMs: number
  readonly signal: AbortSignal
  readonly onAttempt?: (attempt: {
    readonly reason: string
    readonly attempt: number
    readonly waitMs: number
  }) => void
}

/** The longest pause between two attempts. */
const LONGEST_PAUSE_MS = 15_000

/** A session again, after pauses that grow; else why there is none: the last reason, or undefined when it was aborted. */
export async function reconnect(
  lost: Session,
  reason: string,
  { reopen, withinMs, signal, onAttempt }: Reconnecting,
): Promise<Session | { readonly reason: string } | undefined> {
  const until = performance.now() + withinMs
  for (let attempt = 1; performance.now() < until; attempt += 1) {
    const waitMs = Math.round(Math.min(pauseBefore(attempt, Math.random()), until - performance.now()))
    onAttempt?.({ reason, attempt, waitMs })
    try {
      await pause(waitMs, undefined, { signal })
      return await reopen(lost, signal)
    } catch (error) {
      if (signal.aborted) return undefined
      // Cancelled, without us: whoever else was waiting for this host has given it up.
      if (!(error instanceof UnreachableError || error instanceof CancelledError)) throw error
      reason = error.message
      // A machine with another key is not the one that was lost, or nobody knows.
      if (error.code.startsWith('host-key')) break
    }
  }
  return { reason }
}

/**
 * The pause before an attempt, in milliseconds: short at first, because most losses are short; doubled each time, up to
 * 15 s; half of it is chance, because a machine that comes back is sought by many.
 *
 * @param chance from 0 to 1
 */
export const pauseBefore = (attempt: number, chance: number): number =>
  Math.min(LONGEST_PAUSE_MS, 250 * 2 ** (attempt - 1)) * (0.5 + chance / 2)
