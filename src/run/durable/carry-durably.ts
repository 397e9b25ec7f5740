import { type JobName, parseJobName } from '../../session/job/name.ts'
import type { ExecOptions, ExecResult, Session } from '../../session/session.ts'
import { type Command, UsageError } from '../../shell/index.ts'
import type { RunOptions } from '../../task/context.ts'
import { shortText } from '../calls.ts'
import type { StepScope } from '../carry-out.ts'
import { durable } from './durable.ts'

/** What is asked of a command that outlives us; `command` is its number in the run. */
export interface AskedDurably extends ExecOptions {
  readonly job: JobName
  readonly command: number
}

/** Refuses what cannot be durable, before anything is told or started. Throws a UsageError. */
export function checkDurable(where: string, command: Command, options: RunOptions): void {
  if (typeof options.durable === 'string') parseJobName(options.durable)
  if (options.sudo || options.pty)
    throw new UsageError(
      `${where}: ${shortText(command, options)} is to be durable, and a durable command has neither sudo nor pty`,
      {
        hint: 'let it call sudo itself, where sudo asks for no password:  run(sh`sudo -n …`, { durable: true })',
      },
    )
}

/** Runs one command of a step as a durable job, and tells what is to be told of that. */
export async function carryDurably(
  { id, where, emit, jobs, reopen }: StepScope,
  session: Session,
  command: Command,
  { job, command: number, ...asked }: AskedDurably,
): Promise<ExecResult> {
  return durable(session, command, {
    ...asked,
    job,
    run: jobs.run,
    reconnectMs: jobs.reconnectMs,
    seen: jobs.seen(where, job),
    reopen,
    log: (text) => void emit({ type: 'log', ...id, level: 'info', text }),
    onAttempt: (attempt) => void emit({ type: 'reconnecting', host: where, ...attempt }),
    onFound: ({ how, token, run, since }) => {
      jobs.hasSeen(where, job, token)
      const joined = how === 'joined'
      const by = joined ? { startedBy: run, ...(since === undefined ? {} : { since }) } : {}
      emit({ type: 'job-started', ...id, command: number, job, joined, ...by })
    },
  })
}
