import { CancelledError, type Query } from '../shell/index.ts'
import type { RunOptions } from '../task/context.ts'
import { shortText } from './calls.ts'
import type { Carried } from './carry-out.ts'
import { CommandFailed, fateText } from './command-failed.ts'

/** A command, or a question whose exit codes may have a meaning of their own. */
export type Asked = Pick<Query<unknown>, 'command' | 'failed'>

/** The exit code of a command when it is accepted; else throws what its end means. */
export function judge(host: string, asked: Asked, options: RunOptions, carried: Carried): number {
  const { outcome, stdout, stderr, last } = carried
  const { accept = [0] } = options
  if (outcome.type === 'exited') {
    if (accept.includes(outcome.code)) return outcome.code
    const meant = asked.failed?.({ exitCode: outcome.code, stdout, stderr })
    if (meant !== undefined) throw meant
  }
  const command = shortText(asked.command, options)
  if (outcome.type === 'cancelled')
    throw new CancelledError(`${host}: ${command} was cancelled; ${fateText(outcome.remote)}`)
  throw new CommandFailed({ command, host, outcome, stdout, stderr }, last)
}
