import type { Readable, Writable } from 'node:stream'
import type { CarryOptions } from './carried.ts'
import { FateReader } from './fate-reader.ts'
import { Feeder } from './feed.ts'
import { ENDS, NO_SESSION, type Wrapped } from './lifeline.ts'
import type { CommandOutcome, RemoteFate } from './outcome.ts'

/** A started process, here or there, with its three streams. */
export interface Started {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Called once when the process itself has ended; others may still hold its output open. */
  onExit(listener: () => void): void
  /** Resolves when the process has ended and its streams are closed; without code and signal: nobody knows how. */
  readonly closed: Promise<Ending>
  /** Gives the streams up. */
  release(): void
  /** Ends the command past its own lifeline; resolves with what the second one printed on stderr. */
  rescue(marker: string): Promise<Buffer>
}

export type Ending = { readonly code: number } | { readonly signal: string } | { readonly lost: string }

/** What `follow` found out; `no-session`: nothing was run, because the shell does not lead a session of its own. */
export type Followed = CommandOutcome | { readonly type: 'no-session' }

/** After the command itself has ended, children it left behind may hold its output open: how long they may be silent. */
const QUIET_MS = 1000
/** How long the lifeline may take to end a command (it needs 1.5 s at worst) and to say so. */
const PATIENCE_MS = 5000
/** A lifeline behind input that nobody reads does not hear us; after this silence its command is ended past it. */
const SILENCE_MS = 600

/** Of a command that is being ended: how much is kept for listeners that do not keep up. */
const LAST_BYTES = 4 << 20

/** Feeds a started command, passes its output on, ends it when asked to, and tells how it ended. */
export async function follow(started: Started, wrapped: Wrapped, options: CarryOptions): Promise<Followed> {
  const fate = new FateReader(wrapped.marker)
  let end: { type: 'timed-out'; afterMs: number } | { type: 'cancelled' } | undefined
  let fault: { error: unknown } | undefined
  let impatient: ((ending: Ending) => void) | undefined
  const feeder = new Feeder(started.stdin, options.input)
  const timers = new Set<NodeJS.Timeout>()
  const after = (ms: number, act: () => void) => {
    const timer = setTimeout(act, ms)
    timers.add(timer)
    return timer
  }
  const askToEnd = (why: NonNullable<typeof end>) => {
    if (end) return
    end = why
    fate.expect()
    pump.letGo()
    feeder.stop()
    started.stdin.end()
    if (options.input) after(SILENCE_MS, () => fate.heard(ENDS) || rescue())
    after(PATIENCE_MS, () => {
      started.release()
      impatient?.({ lost: 'the lifeline did not answer' })
    })
  }
  let rescued: Promise<void> | undefined
  const rescue = () => {
    rescued = started.rescue(wrapped.marker).then(
      (said) => void fate.pass(said),
      () => {},
    )
  }
  const fail = (error: unknown) => {
    fault ??= { error }
    askToEnd({ type: 'cancelled' })
  }
  const cancel = () => askToEnd({ type: 'cancelled' })

  const pump = pumpOutput(started, fate, options, fail)
  started.onExit(() => {
    // A command that is being ended is heard to its last line: the lifeline's.
    const quiet = after(QUIET_MS, () => (pump.waiting() || end ? quiet.refresh() : started.release()))
    pump.onActivity(() => quiet.refresh())
  })
  if (options.timeoutMs !== undefined) {
    const afterMs = options.timeoutMs
    after(afterMs, () => askToEnd({ type: 'timed-out', afterMs }))
  }
  for (const signal of options.signals ?? []) {
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
  }
  feeder.feed(wrapped.preamble).catch(fail)

  const ending = await Promise.race([
    started.closed.then(async (ending) => {
      await rescued
      return ending
    }),
    new Promise<Ending>((resolve) => {
      impatient = resolve
    }),
  ])
  feeder.stop()
  for (const timer of timers) clearTimeout(timer)
  for (const signal of options.signals ?? []) signal.removeEventListener('abort', cancel)
  await pump.settled(end ? PATIENCE_MS : undefined)
  if (fault) throw fault.error
  if (fate.heard(NO_SESSION)) return { type: 'no-session' }
  return judge(ending, end, fate)
}

function judge(
  ending: Ending,
  end: { type: 'timed-out'; afterMs: number } | { type: 'cancelled' } | undefined,
  fate: FateReader,
): CommandOutcome {
  const lost = 'lost' in ending
  // No word of the lifeline and yet an ending: the command was over before it looked.
  const untold: RemoteFate = { type: lost || fate.heard(ENDS) ? 'unknown' : 'ended' }
  const remote = fate.fate() ?? untold
  if (end) return { ...end, remote }
  if (lost) return { type: 'lost', reason: ending.lost, remote }
  return 'code' in ending
    ? { type: 'exited', code: ending.code }
    : { type: 'signalled', signal: ending.signal }
}

/**
 * Passes both streams on, chunk by chunk; a promise of either listener holds both back (they share one window). Not any
 * more when the command is being ended: the lifeline's word stands behind all that the command had printed. What comes
 * then waits for the listeners, and what is more than `LAST_BYTES` is dropped.
 */
function pumpOutput(
  { stdout, stderr }: Started,
  fate: FateReader,
  { onStdout, onStderr }: CarryOptions,
  fail: (error: unknown) => void,
) {
  let activity = () => {}
  const pending = new Set<Promise<void>>()
  let isLetGo = false
  let last: Promise<void> = Promise.resolve()
  let lastBytes = 0
  const hand = (listener: CarryOptions['onStdout'], chunk: Uint8Array) => {
    if (!listener || chunk.length === 0) return
    if (isLetGo && pending.size > 0) {
      lastBytes += chunk.length
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
  stdout.on('data', (chunk: Buffer) => {
    activity()
    hand(onStdout, chunk)
  })
  stderr.on('data', (chunk: Buffer) => {
    activity()
    hand(onStderr, fate.pass(chunk))
  })
  stderr.once('end', () => hand(onStderr, fate.rest()))
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
