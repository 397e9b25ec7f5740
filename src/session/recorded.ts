import type { Host } from '../inventory/index.ts'
import { type Command, Secret, show, TaskError } from '../shell/index.ts'
import type { CommandOutcome } from './outcome.ts'
import type { ExecOptions, Session } from './session.ts'

/** What a recorded host answers; without anything: exit code 0 and no output. */
export interface RecordedAnswer {
  readonly stdout?: string | Uint8Array
  readonly stderr?: string | Uint8Array
  readonly exitCode?: number
  /** Instead of an exit code: lost, signalled, timed out, cancelled. */
  readonly outcome?: CommandOutcome
}

/** One thing a recorded host was asked for, in words: secrets as `***`. */
export interface RecordedCall {
  readonly kind: 'exec' | 'put' | 'get'
  /** The command as shown; of a transfer `local remote` or `remote local`. */
  readonly text: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** A session for tests: answers from a script, and remembers what it was asked. */
export interface RecordedSession extends Session {
  readonly calls: readonly RecordedCall[]
  readonly closed: boolean
}

/** Answers by what is asked, or in order; a command nobody foresaw fails the test with a TaskError that shows it. */
export type RecordedScript =
  | readonly RecordedAnswer[]
  | ((text: string, options: ExecOptions) => RecordedAnswer | undefined)

const SOMEWHERE: Host = { kind: 'ssh', name: 'recorded', address: 'recorded' }

/** A host that answers what the script says, without any machine behind it; `onCall` hears what is asked, in order. */
export function recordedSession(
  script: RecordedScript = () => ({}),
  host: Host = SOMEWHERE,
  onCall: (call: RecordedCall) => void = () => {},
): RecordedSession {
  const calls: RecordedCall[] = []
  const record = (call: RecordedCall) => {
    calls.push(call)
    onCall(call)
  }
  let closed = false
  let next = 0
  const answerTo = (text: string, options: ExecOptions): RecordedAnswer => {
    const answer = typeof script === 'function' ? script(text, options) : script[next]
    next += 1
    if (!answer) throw new TaskError(`${host.name}: nobody foresaw this command: ${text}`)
    return answer
  }
  const transferred = (kind: 'put' | 'get') => async (from: string, to: string) => {
    record({ kind, text: `${from} ${to}` })
    return { bytes: 0 }
  }
  return {
    host,
    calls,
    get closed() {
      return closed
    },
    async exec(command, options = {}) {
      const text = show(command)
      record(await callOf(command, options))
      const answer = answerTo(text, options)
      if (answer.stdout !== undefined) await options.onStdout?.(Buffer.from(answer.stdout))
      if (answer.stderr !== undefined) await options.onStderr?.(Buffer.from(answer.stderr))
      const outcome = answer.outcome ?? { type: 'exited', code: answer.exitCode ?? 0 }
      return { outcome, assumed: false }
    },
    put: transferred('put'),
    get: transferred('get'),
    async close() {
      closed = true
    },
  }
}

async function callOf(command: Command, { cwd, env, stdin }: ExecOptions): Promise<RecordedCall> {
  const shownEnv =
    env && Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))
  return {
    kind: 'exec',
    text: show(command),
    ...(cwd === undefined ? {} : { cwd }),
    ...(shownEnv === undefined ? {} : { env: shownEnv }),
    ...(stdin === undefined ? {} : { stdin: await readAll(stdin) }),
  }
}

async function readAll(stdin: NonNullable<ExecOptions['stdin']>): Promise<string> {
  if (typeof stdin === 'string' || stdin instanceof Secret) return String(stdin)
  if (stdin instanceof Uint8Array) return Buffer.from(stdin).toString()
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}
