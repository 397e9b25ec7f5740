import { CancelledError } from '../shell/index.ts'

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  /** As if it had come: a terminal in raw mode makes a character of Ctrl-C. */
  emit(name: 'SIGINT'): unknown
}

export interface InterruptOptions {
  readonly source: SignalSource
  /** Ends the program at once. */
  readonly endNow: (exitCode: 130) => void
}

/**
 * Ctrl-C and SIGTERM, while something runs. The first aborts `signal`, with a CancelledError that says so: nothing new
 * is started; what is of this run alone is ended. The second Ctrl-C ends the program at once. `release` gives the signals back.
 */
export function interrupts({ source, endNow }: InterruptOptions): {
  readonly signal: AbortSignal
  /** Aborts `signal` without a word. */
  readonly stop: () => void
  readonly release: () => void
} {
  const abort = new AbortController()
  const cancel = (by: string) =>
    abort.abort(
      // What became of what ran is said of each step: a job that is its host's own goes on.
      new CancelledError(`${by}: nothing new is started; another Ctrl-C stops at once`),
    )
  const onTerm = () => cancel('SIGTERM')
  const onInt = () => {
    if (abort.signal.aborted) endNow(130)
    else cancel('Ctrl-C')
  }
  source.on('SIGINT', onInt)
  source.on('SIGTERM', onTerm)
  const release = () => {
    source.off('SIGINT', onInt)
    source.off('SIGTERM', onTerm)
  }
  return { signal: abort.signal, stop: () => abort.abort(), release }
}
