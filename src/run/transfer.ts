import type { CommandOutcome } from '../session/outcome.ts'
import type { TransferOptions, TransferResult } from '../session/session.ts'
import { CancelledError } from '../shell/index.ts'
import { lostBefore, type StepScope } from './carry-out.ts'
import { CommandFailed } from './command-failed.ts'
import { privileged } from './privilege.ts'

interface Wanted {
  readonly direction: 'put' | 'get'
  readonly local: string
  readonly remote: string
}

/** Between two facts about the progress of a transfer, in milliseconds; a quick one tells none. */
const EVERY_MS = 500

/** Copies a file or folder within a step, and tells how far it got. */
export async function transfer(
  scope: StepScope,
  wanted: Wanted,
  options: TransferOptions = {},
): Promise<TransferResult> {
  const session = await scope.session()
  if (scope.signal.aborted) throw new CancelledError(`${scope.where}: the run was cancelled`)
  scope.emit({ type: 'transfer-started', ...scope.id, ...wanted })
  const { direction, local, remote } = wanted
  const text = `${direction} ${direction === 'put' ? local : remote}`
  let toldAt = performance.now()
  const onProgress = (doneBytes: number, totalBytes: number | undefined) => {
    options.onProgress?.(doneBytes, totalBytes)
    if (performance.now() - toldAt < EVERY_MS) return
    toldAt = performance.now()
    const total = totalBytes === undefined ? {} : { totalBytes }
    scope.emit({ type: 'progress', ...scope.id, text, doneBytes, ...total })
  }
  const signal = options.signal ? AbortSignal.any([scope.signal, options.signal]) : scope.signal
  let farEnd: CommandOutcome | undefined
  const onFarEnd = (outcome: CommandOutcome) => {
    farEnd = outcome
  }
  const asked = { ...options, ...privileged(scope.privilege, options), signal, onProgress, onFarEnd }
  const copying = direction === 'put' ? session.put(local, remote, asked) : session.get(remote, local, asked)
  const result = await copying.catch((error: unknown) => {
    farEnd ??= lostBefore(error).outcome
    scope.ended(session, farEnd)
    if (farEnd.type !== 'lost') throw error
    throw new CommandFailed({ command: text, host: scope.where, outcome: farEnd, stdout: '', stderr: '' }, [])
  })
  scope.emit({ type: 'transfer-ended', ...scope.id, ...wanted, ...result })
  return result
}
