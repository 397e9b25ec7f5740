import type { CommandOutcome, RemoteFate } from '../session/outcome.ts'
import { GachetteError } from '../shell/index.ts'
import type { FailedResult } from '../task/context.ts'

/** Every end of a command but a cancelled one, which is a CancelledError. */
export type FailedOutcome = Exclude<CommandOutcome, { readonly type: 'cancelled' }>

/**
 * A command that did not end as it should have: `code` says whether by its exit code, a signal, a limit of time or a lost
 * connection; `result` has all that is known of it, the ends of what it printed (64 KiB each) among it.
 */
export class CommandFailed extends GachetteError {
  readonly code: 'command-failed' | 'signalled' | 'timed-out' | 'lost'
  readonly exitCode = 1
  readonly result: FailedResult & { readonly outcome: FailedOutcome }

  /** @param output the last lines of both streams in the order they came, ten at most */
  constructor(result: CommandFailed['result'], output: readonly string[]) {
    const hint = hintOf(result.outcome)
    super(`${result.host}: ${said(result)}`, { output, ...(hint === undefined ? {} : { hint }) })
    this.code = result.outcome.type === 'exited' ? 'command-failed' : result.outcome.type
    this.result = result
  }
}

/** What became of the remote process, as a clause: `it has ended there`. */
export function fateText(fate: RemoteFate): string {
  switch (fate.type) {
    case 'ended':
      return 'it has ended there'
    case 'running':
      return `it is still running there (pid ${fate.pids.join(', ')})`
    case 'unknown':
      return 'whether it still runs there is unknown'
  }
}

function said({ command, outcome }: CommandFailed['result']): string {
  switch (outcome.type) {
    case 'exited':
      return `${command} failed (exit ${outcome.code})`
    case 'signalled':
      return `${command} was ended by ${outcome.signal}`
    case 'timed-out':
      return `${command} timed out after ${outcome.afterMs / 1000} s; ${fateText(outcome.remote)}`
    case 'lost':
      return `the connection was lost during ${command} (${outcome.reason}); ${fateText(outcome.remote)}`
  }
}

function hintOf(outcome: FailedOutcome): string | undefined {
  if (outcome.type === 'exited' && outcome.code === 127)
    return 'exit 127: the shell found no such program there'
  if (outcome.type === 'timed-out')
    return 'give it more time with the setting  command_timeout  or the option timeoutMs'
  if (outcome.type === 'lost' && outcome.job)
    return `it goes on without us; to hear the rest of it:  gachette attach ${outcome.job.run}`
  return undefined
}
