import { StringDecoder } from 'node:string_decoder'
import type { CommandOutcome } from '../session/outcome.ts'
import type { ExecOptions, ExecResult, Session } from '../session/session.ts'
import { CancelledError, type Command, findSecrets, Secret, show, UnreachableError } from '../shell/index.ts'
import type { RunOptions } from '../task/context.ts'
import type { Jobs } from './durable/jobs.ts'
import type { Place, RunFact } from './events.ts'
import { type Masks, secretsOfOptions } from './masks/masks.ts'
import { type Privilege, privileged, sudoPrefix } from './privilege.ts'
import { lastLines, TextTail } from './text-tail.ts'

/** Says a fact; a promise asks to wait before saying more of the same. */
export type Emit = (fact: RunFact) => void | Promise<void>

/** What the commands of one step on one host share. */
export interface StepScope {
  readonly id: Place
  /** The label of the host the commands run on, which messages begin with. */
  readonly where: string
  readonly emit: Emit
  /** What a command is given in secret is masked from then on, wherever it turns up. */
  readonly masks: Masks
  readonly signal: AbortSignal
  /** Remembers work until it has ended, so that no step leaves any behind. */
  readonly track: <T>(work: Promise<T>) => Promise<T>
  readonly session: () => Promise<Session>
  /** Hears how each command ended, before anybody judges it. */
  readonly ended: (session: Session, outcome: CommandOutcome) => void
  readonly nextCommand: () => number
  readonly commandTimeoutMs: number
  readonly jobs: Jobs
  /** A session again, for a durable command whose connection was lost. */
  readonly reopen: (lost: Session, signal: AbortSignal) => Promise<Session>
  readonly privilege: Privilege
}

/** What is done with one stream of a command: told as it comes or not, and each piece of text handed on. */
export interface Listener {
  readonly isTold: boolean
  readonly hear?: (text: string) => void
}

/** How a command ended, judged by nobody yet. `last` holds the last lines of what was told, in the order it came. */
export interface Carried extends ExecResult {
  readonly stdout: string
  readonly stderr: string
  readonly last: readonly string[]
}

const TAIL = 64 * 1024
const LAST = 8 * 1024

/** Runs one command in a step: tells its start, its output and its end, and keeps the ends of what it printed. */
export async function carryOut(
  scope: StepScope,
  command: Command,
  options: RunOptions,
  listeners: { readonly stdout: Listener; readonly stderr: Listener; readonly signal?: AbortSignal },
): Promise<Carried> {
  if (options.durable !== undefined) (await durably()).checkDurable(scope.where, command, options)
  const session = await scope.session()
  if (scope.signal.aborted) throw new CancelledError(`${scope.where}: the run was cancelled`)
  const secrets = [...command.parts.filter((part) => part instanceof Secret), ...secretsOfOptions(options)]
  scope.masks.add(secrets)
  const number = scope.nextCommand()
  const { title, cwd, durable } = options
  const job = durable === undefined || !session.keepsJobs ? undefined : scope.jobs.nameFor(scope.id, durable)
  scope.emit({
    type: 'command-started',
    ...scope.id,
    command: number,
    text: sudoPrefix(options) + show(command),
    ...(title === undefined ? {} : { title }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(job === undefined ? {} : { job }),
  })
  const last = new TextTail(LAST)
  const stdout = hearing('stdout', listeners.stdout)
  const stderr = hearing('stderr', listeners.stderr)
  const since = performance.now()
  const asked: ExecOptions = {
    ...passedOn(options),
    ...privileged(scope.privilege, options),
    ...limit(options.timeoutMs ?? scope.commandTimeoutMs),
    signal: listeners.signal ?? scope.signal,
    onStdout: stdout.onBytes,
    onStderr: stderr.onBytes,
  }
  const carry = async () => {
    if (job === undefined)
      return options.again
        ? (await seeking()).carryAgain(scope, session, command, asked)
        : session.exec(command, asked)
    await findSecrets(secrets)
    return (await durably()).carryDurably(scope, session, command, { ...asked, job, command: number })
  }
  const result = await carry().catch(lostBefore)
  stdout.end()
  stderr.end()
  const ms = Math.round(performance.now() - since)
  scope.ended(session, result.outcome)
  scope.emit({ type: 'command-ended', ...scope.id, command: number, outcome: result.outcome, ms })
  return {
    ...result,
    stdout: stdout.text(),
    stderr: stderr.text(),
    last: lastLines(scope.masks.text(last.text), 10),
  }

  function hearing(stream: 'stdout' | 'stderr', { isTold, hear }: Listener) {
    const decoder = new StringDecoder('utf8')
    const tail = new TextTail(TAIL)
    // Masked before it is cut: the end of a secret gives it away, too.
    const shown = scope.masks.stream()
    const take = (text: string): void | Promise<void> => {
      if (text === '') return undefined
      tail.push(text)
      if (isTold) last.push(shown.push(text))
      hear?.(text)
      return isTold ? scope.emit({ type: 'output', ...scope.id, command: number, stream, text }) : undefined
    }
    return {
      onBytes: (chunk: Uint8Array) => take(decoder.write(chunk)),
      end() {
        take(decoder.end())
        last.push(shown.end())
      },
      text: () => tail.text,
    }
  }
}

/**
 * A host that was reached, and is gone between two commands, is lost: what the task has done until then is done, and
 * `skip_bad_hosts` must not make a success of it.
 */
export function lostBefore(error: unknown): ExecResult {
  if (!(error instanceof UnreachableError)) throw error
  return { outcome: { type: 'lost', reason: error.message, remote: { type: 'ended' } }, assumed: false }
}

function passedOn({ cwd, env, stdin }: RunOptions): ExecOptions {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(stdin === undefined ? {} : { stdin }),
  }
}

/** Loaded when it is needed: most commands end with us. */
const durably = () => import('./durable/carry-durably.ts')
const seeking = () => import('./durable/carry-again.ts')

const limit = (timeoutMs: number): ExecOptions => (timeoutMs > 0 ? { timeoutMs } : {})
