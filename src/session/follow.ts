import type { Readable, Writable } from 'node:stream'
import type { CarryOptions } from './carried.ts'
import { FateReader } from './fate-reader.ts'
import { Feeder } from './feed.ts'
import { ENDS, NO_SESSION, type Wrapped } from './lifeline.ts'
import { Opening } from './opening.ts'
import type { CommandOutcome, RemoteFate } from './outcome.ts'
import { pumpOutput } from './pump.ts'
import { Refused, type SudoAnswer } from './sudo.ts'

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
    if (options.terminal) endOnTerminal()
    else if (options.input) after(SILENCE_MS, () => fate.heard(ENDS) || rescue())
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
  // The end of its input is nothing a terminal would tell.
  const endOnTerminal = () => (opening?.isOver ? rescue() : started.release())
  const feed = () => void feeder.feed(wrapped.preamble).catch(fail)
  const answering =
    options.sudo && answeringSudo(options.sudo, { started, fail, answered: () => clock?.refresh() })
  const opening = wrapped.waits
    ? new Opening(wrapped.marker, {
        asks: (whose) => void answering?.asked(whose),
        hasNoSudo: () => fail(new Refused('absent')),
        starts: () => {
          answering?.judged(true)
          feed()
        },
      })
    : undefined
  let clock: NodeJS.Timeout | undefined

  const pump = pumpOutput(started, { fate, opening }, options, fail)
  started.onExit(() => {
    // A command that is being ended is heard to its last line: the lifeline's.
    const quiet = after(QUIET_MS, () => (pump.waiting() || end ? quiet.refresh() : started.release()))
    pump.onActivity(() => quiet.refresh())
  })
  if (options.timeoutMs !== undefined) {
    const afterMs = options.timeoutMs
    clock = after(afterMs, () => askToEnd({ type: 'timed-out', afterMs }))
  }
  for (const signal of options.signals ?? []) {
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
  }
  if (!opening) feed()

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
  answering?.judged(undefined)
  if (fault) throw fault.error
  if (fate.heard(NO_SESSION)) return { type: 'no-session' }
  if (opening && !opening.isOver) {
    // Nothing was started.
    if (end) return { ...end, remote: { type: 'ended' } }
    if (!('lost' in ending)) throw new Refused(options.sudo ? 'refused' : 'no-terminal', '', opening.said())
  }
  return judge(ending, end, fate)
}

/** Answers sudo's question, once: a second one says that the answer was wrong. */
function answeringSudo(
  { answer }: NonNullable<CarryOptions['sudo']>,
  { started, fail, answered }: { started: Started; fail: (error: unknown) => void; answered: () => void },
) {
  let given: Promise<SudoAnswer> | undefined
  const judged = (accepted: boolean | undefined) =>
    void given?.then(
      ({ judged }) => judged(accepted),
      () => {},
    )
  const asked = async (whose: string) => {
    if (given) {
      judged(false)
      return fail(new Refused('password', whose))
    }
    given = answer(whose)
    try {
      const { password } = await given
      answered()
      if (!started.stdin.writableEnded) started.stdin.write(`${password.reveal()}\n`)
    } catch (error) {
      fail(error)
    }
  }
  return { asked, judged }
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
