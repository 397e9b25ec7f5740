import { setMaxListeners } from 'node:events'

/** An abort signal that follows another one, and can be aborted by itself. */
export interface Following {
  readonly signal: AbortSignal
  readonly abort: () => void
  /** Lets go of the other signal. */
  readonly release: () => void
}

export function following(outer: AbortSignal | undefined): Following {
  const own = new AbortController()
  // Every command of every host may listen: many listeners are no leak, and no reason for Node to warn.
  setMaxListeners(0, own.signal)
  const passOn = () => own.abort(outer?.reason)
  if (outer?.aborted) passOn()
  else outer?.addEventListener('abort', passOn)
  return {
    signal: own.signal,
    abort: () => own.abort(),
    release: () => outer?.removeEventListener('abort', passOn),
  }
}
