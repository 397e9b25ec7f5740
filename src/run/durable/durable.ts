import { Readable } from 'node:stream'
import {
  bodyOf,
  type FoundJob,
  finish,
  follow,
  type Hearing,
  hear,
  type JobBody,
  type JobEnd,
  type JobName,
  newToken,
  type StartedJob,
  startAndFollow,
} from '../../session/job/index.ts'
import type { CommandOutcome, RemoteFate } from '../../session/outcome.ts'
import type { ExecOptions, ExecResult, Session } from '../../session/session.ts'
import { type Command, TaskError, UnreachableError } from '../../shell/index.ts'
import { type Reconnecting, reconnect } from './reconnect.ts'

/** What a durable command needs beside what every command needs. */
export interface DurableOptions extends ExecOptions, Pick<Reconnecting, 'reopen' | 'onAttempt'> {
  readonly job: JobName
  readonly run: string
  /** For how long a host is sought that was lost, in milliseconds. */
  readonly reconnectMs: number
  /** The token of a job of this name that this run has heard to its end: it is not heard again. */
  readonly seen?: string | undefined
  /** Called before any output, once. */
  readonly onFound: (found: FoundJob) => void
  /** One line for the person at the screen. */
  readonly log: (text: string) => void
}

/** For how long it is tried to end a job on a host that is lost. */
const FINISH_MS = 10_000

/**
 * Runs a command as a durable job: it outlives the connection and this program. A lost connection is made again, and
 * output goes on behind the last byte that was handed over. Ends as an ordinary command does, besides: a job that could
 * not be reached again is `lost` and names itself.
 */
export async function durable(
  session: Session,
  command: Command,
  options: DurableOptions,
): Promise<ExecResult> {
  const ending = new AbortController()
  const cancel = () => ending.abort()
  options.signal?.addEventListener('abort', cancel)
  if (options.signal?.aborted) cancel()
  let isTimedOut = false
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isTimedOut = true
          cancel()
        }, options.timeoutMs)
  try {
    const job = new DurableCommand(session, command, { ...options, signal: ending.signal })
    const result = await job.hear()
    if (result !== undefined) return result
    const remote = await job.finish()
    const afterMs = options.timeoutMs ?? 0
    return {
      outcome: isTimedOut ? { type: 'timed-out', afterMs, remote } : { type: 'cancelled', remote },
      assumed: false,
    }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', cancel)
  }
}

class DurableCommand {
  readonly #body: JobBody
  readonly #options: DurableOptions & { readonly signal: AbortSignal }
  readonly #heard = { stdout: 0, stderr: 0 }
  #session: Session
  #job: StartedJob
  #found: FoundJob | undefined

  constructor(
    session: Session,
    command: Command,
    options: DurableOptions & { readonly signal: AbortSignal },
  ) {
    this.#session = session
    this.#body = bodyOf(command, options)
    this.#options = options
    this.#job = { name: options.job, run: options.run, token: newToken() }
  }

  /** Hears the job to its end, over as many connections as it takes; undefined: it is to be ended. */
  async hear(): Promise<ExecResult | undefined> {
    const { signal, reconnectMs: withinMs, reopen, onAttempt } = this.#options
    for (;;) {
      const heard = await this.#once()
      if (heard.assumed) return heard
      if (heard.end !== undefined) return { outcome: this.#outcome(heard.end, heard.left), assumed: false }
      if (heard.outcome.type === 'cancelled') return undefined
      if (heard.outcome.type !== 'lost') throw this.#odd(heard)
      const { reason } = heard.outcome
      // What a stream had to say was said once.
      if (this.#found === undefined && this.#body.stdin instanceof Readable)
        return {
          outcome: lost(`${reason}, while it was sent its input`, await this.finish()),
          assumed: false,
        }
      const again = await reconnect(this.#session, reason, {
        reopen,
        withinMs,
        signal,
        ...(onAttempt && { onAttempt }),
      })
      if (again === undefined) return undefined
      if ('exec' in again) this.#session = again
      else return { outcome: this.#gaveUp(again.reason), assumed: false }
    }
  }

  /** Ends the job; says what became of it. */
  async finish(): Promise<RemoteFate> {
    const signal = AbortSignal.timeout(FINISH_MS)
    const { reopen } = this.#options
    for (;;) {
      const { end, left, outcome } = await this.#hearing(finish(this.#job, this.#heard), { signal })
      if (end?.type === 'left') {
        this.#options.log(`the job ${this.#job.name} goes on: other runs have a part in it`)
        return { type: 'running', pids: [end.pid] }
      }
      if (left.length > 0) return { type: 'running', pids: left }
      if (end !== undefined) return { type: 'ended' }
      if (outcome.type !== 'lost') return { type: 'unknown' }
      const again = await reconnect(this.#session, outcome.reason, { reopen, withinMs: FINISH_MS, signal })
      if (again === undefined || 'reason' in again) return { type: 'unknown' }
      this.#session = again
    }
  }

  /** Starts the job, or goes on where the last connection was lost. */
  #once(): Promise<Hearing> {
    const { signal, seen, onFound } = this.#options
    if (this.#found !== undefined) return this.#hearing(follow(this.#job, this.#heard), { signal })
    const { command, stdin } = this.#body
    const start = startAndFollow(this.#job, command, {
      fed: stdin !== undefined,
      ...(seen === undefined ? {} : { seen }),
    })
    return this.#hearing(start, {
      signal,
      ...(stdin === undefined ? {} : { stdin }),
      onFound: (found) => {
        this.#found = found
        this.#job = { ...this.#job, token: found.token, boot: found.boot }
        onFound(found)
      },
    })
  }

  async #hearing(
    speaking: Parameters<typeof hear>[1],
    options: Omit<Parameters<typeof hear>[2], 'run' | 'heard'>,
  ): Promise<Hearing> {
    const { run, onStdout, onStderr } = this.#options
    try {
      return await hear(this.#session, speaking, {
        run,
        heard: this.#heard,
        ...(onStdout && { onStdout }),
        ...(onStderr && { onStderr }),
        ...options,
      })
    } catch (error) {
      // It was reached before: what is gone now may come back.
      if (!(error instanceof UnreachableError)) throw error
      return {
        outcome: lost(error.message, { type: 'unknown' }),
        assumed: false,
        end: undefined,
        left: [],
        wasOver: false,
        noise: '',
      }
    }
  }

  #outcome(end: JobEnd, left: readonly number[]): CommandOutcome {
    const { name } = this.#job
    switch (end.type) {
      case 'exited':
        return { type: 'exited', code: end.code }
      case 'cancelled':
        this.#options.log(`the job ${name} was cancelled${end.by === '' ? '' : ` by run ${end.by}`}`)
        return {
          type: 'cancelled',
          remote: left.length > 0 ? { type: 'running', pids: left } : { type: 'ended' },
        }
      case 'killed':
        return left.length > 0
          ? lost('the shell that led its job was killed', { type: 'running', pids: left })
          : { type: 'signalled', signal: 'SIGKILL' }
      case 'rebooted':
        return lost('the machine was switched off or rebooted', { type: 'ended' })
      case 'unstarted':
        return lost('it was cut off before it began', { type: 'ended' })
      case 'replaced':
        return lost(`another run has replaced the job ${name}`, { type: 'ended' })
      case 'left':
      case 'gone':
        return lost(`the folder of the job ${name} is gone`, { type: 'unknown' })
      case 'refused':
        throw refusal(this.#session.host.name, end)
    }
  }

  #gaveUp(reason: string): CommandOutcome {
    return { ...lost(reason, { type: 'unknown' }), job: { name: this.#job.name, run: this.#options.run } }
  }

  #odd({ outcome, noise }: Hearing): TaskError {
    const how = 'code' in outcome ? `exit ${outcome.code}` : outcome.type
    return new TaskError(
      `${this.#session.host.name}: the job ${this.#job.name} could not be followed (${how})`,
      {
        output: noise.split('\n').filter(Boolean).slice(-10),
        hint: 'sh, flock and setsid (util-linux), mv, tail and touch (coreutils) are needed there',
      },
    )
  }
}

const lost = (reason: string, remote: RemoteFate) => ({ type: 'lost', reason, remote }) as const

function refusal(host: string, { what, path, freeKiB }: JobEnd & { readonly type: 'refused' }): TaskError {
  const full = freeKiB !== undefined && freeKiB < 64
  const verb = { make: 'made', write: 'written', replace: 'replaced', lock: 'locked' }[what]
  return new TaskError(
    `${host}: the folder of a durable job cannot be ${verb}: ${path}${full ? ` (${freeKiB} KiB free)` : ''}`,
    {
      hint: full
        ? 'make room on that disk; nothing was started'
        : 'it lies in the state folder of the user who logs in ($XDG_STATE_HOME, else ~/.local/state); nothing was started',
    },
  )
}
