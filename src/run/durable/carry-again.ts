import type { ExecOptions, ExecResult, Session } from '../../session/session.ts'
import type { Command } from '../../shell/index.ts'
import type { StepScope } from '../carry-out.ts'
import { reconnect } from './reconnect.ts'

/**
 * Runs a command that may be run again: where its connection is lost, the host is sought, and it begins anew. What an
 * attempt printed on stdout is handed on once the attempt is over, and not at all if it was lost.
 */
export async function carryAgain(
  { where, emit, jobs, reopen, signal }: StepScope,
  session: Session,
  command: Command,
  asked: ExecOptions,
): Promise<ExecResult> {
  for (let current = session; ; ) {
    const chunks: Uint8Array[] = []
    const result = await current.exec(command, { ...asked, onStdout: (chunk) => void chunks.push(chunk) })
    const { outcome } = result
    const found =
      outcome.type === 'lost'
        ? await reconnect(current, outcome.reason, {
            reopen,
            withinMs: jobs.reconnectMs,
            signal,
            onAttempt: (attempt) => void emit({ type: 'reconnecting', host: where, ...attempt }),
          })
        : undefined
    if (found !== undefined && !('reason' in found)) {
      current = found
      continue
    }
    for (const chunk of chunks) await asked.onStdout?.(chunk)
    return result
  }
}
