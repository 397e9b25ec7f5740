import { following } from './following.ts'

/** What a task has started and not yet seen the end of. */
export interface Pending {
  /** Aborted when the run is cancelled, or when the task has failed and the rest of its work is ended. */
  readonly signal: AbortSignal
  readonly track: <T>(work: Promise<T>) => Promise<T>
  /**
   * Runs the task's body to its true end: when it fails, what it left running is ended first; when it returns without
   * having waited for something (a forgotten `await`), that is waited for, and its failure is the task's.
   */
  readonly whole: <T>(body: () => Promise<T>) => Promise<T>
}

export function pendingOf(outer: AbortSignal): Pending {
  const open = new Set<Promise<unknown>>()
  const { signal, abort, release } = following(outer)
  return {
    signal,
    track(work) {
      open.add(work)
      const settled = () => void open.delete(work)
      work.then(settled, settled)
      return work
    },
    async whole(body) {
      try {
        const result = await body()
        while (open.size > 0) await Promise.all(open)
        return result
      } catch (error) {
        abort()
        while (open.size > 0) await Promise.allSettled(open)
        throw error
      } finally {
        release()
      }
    },
  }
}
