import { type ChildProcess, spawn } from 'node:child_process'
import { type Command, GachetteError, isCommand, type Query, render, sh } from '../../src/shell/index.ts'
import type { CommandResult, Remote, RunOptions } from '../../src/task/context.ts'

/** A failed command of a LocalRemote: what a CommandFailed is to a real session. */
export class LocalFailure extends GachetteError {
  readonly code = 'command'
  readonly exitCode = 1
  readonly result: CommandResult

  constructor(result: CommandResult) {
    super(`exit status ${result.exitCode}`, { output: result.stderr.trim().split('\n').slice(-10) })
    this.result = result
  }
}

export interface LocalRemote extends Remote {
  /** Every line logged or warned, and every command's stderr. */
  readonly said: string[]
  /** How many commands were run. */
  readonly execs: () => number
  /** The process (a group of its own) of the command that runs now. */
  readonly current: () => ChildProcess | undefined
}

/** A Remote that runs commands through a real shell of this machine, each in a process group of its own. */
export function localRemote(env: NodeJS.ProcessEnv = process.env, shell = '/bin/sh'): LocalRemote {
  const said: string[] = []
  let execs = 0
  let current: ChildProcess | undefined
  const exec = async (command: Command, options: RunOptions = {}): Promise<CommandResult> => {
    execs++
    const { text, secrets } = render(command)
    const reading = [...secrets.keys()].map((name) => `IFS= read -r ${name}\n`).join('')
    const child = spawn(shell, ['-c', reading + text], {
      detached: true,
      env,
      stdio: 'pipe',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    current = child
    child.stdin.on('error', () => undefined)
    const stdin =
      typeof options.stdin === 'string' || options.stdin instanceof Uint8Array ? options.stdin : ''
    child.stdin.write([...secrets.values()].map((secret) => `${secret.reveal()}\n`).join(''))
    child.stdin.end(stdin)
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const exitCode = await new Promise<number>((ended, failed) => {
      child.once('error', failed)
      child.once('close', (code, signal) => ended(signal === null ? (code ?? -1) : -1))
    })
    const result = {
      exitCode,
      stdout: Buffer.concat(out).toString('utf8'),
      stderr: Buffer.concat(err).toString('utf8'),
    }
    said.push(result.stderr)
    if (!(options.accept ?? [0]).includes(exitCode)) throw new LocalFailure(result)
    return result
  }
  const asked = async (query: Query<unknown>, options?: RunOptions): Promise<unknown> => {
    const result = await exec(query.command, options).catch((error: unknown) => {
      throw error instanceof LocalFailure ? (query.failed?.(error.result) ?? error) : error
    })
    return query.parse(result.stdout)
  }
  const commandOf = (first: TemplateStringsArray | Command, rest: readonly unknown[]): Command =>
    isCommand(first) ? first : sh(first, ...(rest as string[]))
  const remote = {
    host: { kind: 'local', name: 'local' },
    run: (first: TemplateStringsArray | Command, ...rest: readonly unknown[]) =>
      exec(commandOf(first, rest), isCommand(first) ? (rest[0] as RunOptions | undefined) : undefined),
    ask: async (first: TemplateStringsArray | Command | Query<unknown>, ...rest: readonly unknown[]) =>
      'command' in first
        ? asked(first, rest[0] as RunOptions | undefined)
        : (await exec(commandOf(first, rest))).stdout.replace(/\n+$/, ''),
    check: async (first: TemplateStringsArray | Command, ...rest: readonly unknown[]) =>
      (await exec(commandOf(first, rest), { accept: [0, 1] })).exitCode === 0,
    put: () => Promise.reject(new Error('a LocalRemote transfers nothing')),
    get: () => Promise.reject(new Error('a LocalRemote transfers nothing')),
    log: (message: string) => said.push(message),
    warn: (message: string) => said.push(message),
    signal: new AbortController().signal,
    dryRun: false,
    said,
    execs: () => execs,
    current: () => current,
  }
  return remote as unknown as LocalRemote
}
