import type { TransferOptions, TransferResult } from '../session/session.ts'
import { CancelledError } from '../shell/index.ts'
import type { StepScope } from './carry-out.ts'
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
  const asked = { signal: scope.signal, ...options, ...privileged(scope.privilege, options), onProgress }
  const result = await (direction === 'put'
    ? session.put(local, remote, asked)
    : session.get(remote, local, asked))
  scope.emit({ type: 'transfer-ended', ...scope.id, ...wanted, ...result })
  return result
}
