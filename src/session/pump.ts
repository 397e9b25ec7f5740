import type { CarryOptions } from './carried.ts'
import type { FateReader } from './fate-reader.ts'
import type { Started } from './follow.ts'
import type { Opening } from './opening.ts'

/** Of a command that is being ended: how much is kept for listeners that do not keep up. */
const LAST_BYTES = 4 << 20

/**
 * Passes both streams on, chunk by chunk; a promise of either listener holds both back (they share one window). Not any
 * more when the command is being ended: the lifeline's word stands behind all that the command had printed. What comes
 * then waits for the listeners, and what is more than `LAST_BYTES` is dropped.
 */
export function pumpOutput(
  { stdout, stderr }: Started,
  { fate, opening }: { readonly fate: FateReader; readonly opening: Opening | undefined },
  { onStdout, onStderr, terminal }: CarryOptions,
  fail: (error: unknown) => void,
) {
  let activity = () => {}
  const pending = new Set<Promise<void>>()
  let isLetGo = false
  let last: Promise<void> = Promise.resolve()
  let lastBytes = 0
  const hand = (listener: CarryOptions['onStdout'], chunk: Uint8Array) => {
    if (!listener || chunk.length === 0) return
    // Node lets the streams of a process that has ended flow, whoever holds them back.
    if (pending.size > 0) {
      if (isLetGo) lastBytes += chunk.length
      if (lastBytes > LAST_BYTES) return
      last = Promise.all([last, ...pending]).then(() => listener(chunk))
      return hold(last)
    }
    try {
      const held = listener(chunk)
      if (held) hold(held)
    } catch (error) {
      fail(error)
    }
  }
  const hold = (held: Promise<void>) => {
    if (!isLetGo) {
      stdout.pause()
      stderr.pause()
    }
    const settled = held.catch(fail).finally(() => {
      pending.delete(settled)
      activity()
      if (pending.size > 0) return
      stdout.resume()
      stderr.resume()
    })
    pending.add(settled)
  }
  const own = (chunk: Buffer) => fate.pass(opening ? opening.pass(chunk) : chunk)
  // A terminal has one stream, and the lifeline speaks there.
  const [speaking, onSpeaking] = terminal ? [stdout, onStdout] : [stderr, onStderr]
  stdout.on('data', (chunk: Buffer) => {
    activity()
    hand(onStdout, terminal ? own(chunk) : chunk)
  })
  stderr.on('data', (chunk: Buffer) => {
    activity()
    hand(onStderr, terminal ? chunk : own(chunk))
  })
  speaking.once('end', () => hand(onSpeaking, fate.rest()))
  return {
    waiting: () => pending.size > 0,
    onActivity: (listener: () => void) => {
      activity = listener
    },
    letGo: () => {
      isLetGo = true
      stdout.resume()
      stderr.resume()
    },
    settled: (withinMs: number | undefined) => within(Promise.all(pending), withinMs),
  }
}

/** Resolves with the work, or when the time is over. */
async function within(work: Promise<unknown>, ms: number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    if (ms !== undefined) timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, patience])
  clearTimeout(timer)
}
