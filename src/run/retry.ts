import { setTimeout as pause } from 'node:timers/promises'
import type { CommandOutcome } from '../session/outcome.ts'
import { CancelledError, type Command, UsageError } from '../shell/index.ts'
import type { Retry, RunOptions } from '../task/context.ts'
import { shortText } from './calls.ts'
import type { Carried, StepScope } from './carry-out.ts'

/** The longest pause between two attempts, whatever the factor has made of it. */
const LONGEST_MS = 300_000

/**
 * A command as often as `retry` allows, until it ends as accepted; once, unless the task asked for more. Only what is known
 * to have ended is tried again: never a command whose connection was lost, or that may still be running there.
 */
export async function retrying(
  scope: StepScope,
  command: Command,
  options: RunOptions,
  attempt: () => Promise<Carried>,
): Promise<Carried> {
  if (options.retry === undefined) return attempt()
  const { times, pauseMs, backoff } = checked(scope.where, options)
  for (let tried = 1; ; tried++) {
    const carried = await attempt()
    if (tried > times || !mayTryAgain(carried.outcome, options)) return carried
    const waitMs = Math.round(Math.min(LONGEST_MS, pauseMs * backoff ** (tried - 1)) * jitter())
    const text = shortText(command, options)
    scope.emit({ type: 'retrying', ...scope.id, text, attempt: tried + 1, attempts: times + 1, waitMs })
    await pause(waitMs, undefined, { signal: scope.signal }).catch(() => {
      throw new CancelledError(`${scope.where}: ${text} was cancelled before it was tried again`)
    })
  }
}

function mayTryAgain(outcome: CommandOutcome, { accept = [0] }: RunOptions): boolean {
  switch (outcome.type) {
    case 'exited':
      return !accept.includes(outcome.code)
    case 'signalled':
      return true
    case 'timed-out':
      return outcome.remote.type === 'ended'
    case 'lost':
    case 'cancelled':
      return false
  }
}

function checked(where: string, { retry, stdin }: RunOptions): Required<Retry> {
  const wrong = (what: string) => new UsageError(`${where}: retry: ${what}`)
  const given = typeof retry === 'number' ? { times: retry } : retry
  const { times = 0, pauseMs = 1000, backoff = 2 } = given ?? {}
  if (!Number.isInteger(times) || times < 0) throw wrong('times is a whole number, 0 or more')
  if (!(pauseMs >= 0)) throw wrong('pauseMs is a number of milliseconds, 0 or more')
  if (!(backoff >= 1)) throw wrong('backoff is a factor, 1 or more')
  if (typeof stdin === 'object' && 'pipe' in stdin)
    throw wrong('a stream can be read once, so a command that reads one cannot be tried again')
  return { times, pauseMs, backoff }
}

/** Hosts that wait for the same service do not all come back at once. */
const jitter = (): number => 0.75 + Math.random() / 2
