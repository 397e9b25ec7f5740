import type { RemoteFate } from '../session/outcome.ts'
import { CancelledError, GachetteError, LeftToItself, UnreachableError } from '../shell/index.ts'
import { CommandFailed } from './command-failed.ts'
import type { Failure, Idle, StepOutcome } from './events.ts'
import { placeOf } from './place.ts'

export interface EndFacts {
  /** What became of the commands the cancelled run ended; undefined where it was not cancelled. */
  readonly cancelled: readonly RemoteFate[] | undefined
  /** It was another host that could not be reached: this one failed because of it. */
  readonly isElsewhere: boolean
}

/**
 * What the error that ended a step makes of it.
 *
 * @param task its name
 */
export function stepOutcome(error: unknown, task: string, facts: EndFacts): StepOutcome {
  const { cancelled, isElsewhere } = facts
  if (error instanceof CommandFailed) return commandOutcome(error)
  if (error instanceof LeftToItself) return { type: 'cancelled', remote: { type: 'goes-on' } }
  if (error instanceof CancelledError || cancelled !== undefined)
    return { type: 'cancelled', remote: worst(cancelled ?? []) }
  if (error instanceof UnreachableError && !isElsewhere)
    return { type: 'unreachable', code: error.code, ...failure(error) }
  if (error instanceof GachetteError)
    return {
      type: 'failed',
      code: error.code,
      ...(error.answered && { answered: true }),
      ...failure(error),
    }
  return faulty(error, task)
}

function commandOutcome(error: CommandFailed): StepOutcome {
  const { outcome } = error.result
  const said = failure(error)
  switch (outcome.type) {
    case 'exited':
      return { type: 'failed', code: error.code, exitCode: outcome.code, ...said }
    case 'signalled':
      return { type: 'signalled', signal: outcome.signal, ...said }
    case 'timed-out':
      return { type: 'timed-out', afterMs: outcome.afterMs, remote: outcome.remote, ...said }
    case 'lost':
      return { type: 'lost', remote: outcome.remote, ...said }
  }
}

/** An error nobody foresaw: the task's own fault, with the place in its source. */
function faulty(error: unknown, task: string): StepOutcome {
  const thrown = error instanceof Error ? error : new Error(`threw ${String(error)}`)
  const place = placeOf(thrown)
  return {
    type: 'failed',
    code: 'fault',
    message: `the task ${task} is at fault: ${thrown.name}: ${thrown.message}`,
    ...(place === undefined ? {} : { hint: `at ${place}` }),
    fault: { ...(place === undefined ? {} : { place }), stack: thrown.stack ?? String(thrown) },
  }
}

const failure = ({ message, hint, output }: GachetteError): Failure => ({
  message,
  ...(hint === undefined ? {} : { hint }),
  ...(output.length === 0 ? {} : { output }),
})

function worst(fates: readonly RemoteFate[]): RemoteFate | Idle {
  const running = fates.flatMap((fate) => (fate.type === 'running' ? fate.pids : []))
  if (running.length > 0) return { type: 'running', pids: running }
  return fates.find((fate) => fate.type !== 'ended') ?? fates[0] ?? { type: 'idle' }
}
