import type { Host, SshHost } from '../../src/inventory/host.ts'
import type { OpenSession } from '../../src/run/index.ts'
import type { CommandOutcome } from '../../src/session/outcome.ts'
import type { ExecOptions, ExecResult, Session } from '../../src/session/session.ts'
import { show, UnreachableError } from '../../src/shell/index.ts'

/** What a scripted host does with a command; bytes come as the chunks given. */
export interface Reply {
  readonly stdout?: readonly (string | Uint8Array)[]
  readonly stderr?: readonly (string | Uint8Array)[]
  readonly outcome?: CommandOutcome
}

/** Answers a command of a host: at once, later, or not before `signal` is aborted (see `untilAborted`). */
export type Script = (host: string, command: string, options: ExecOptions) => Reply | Promise<Reply>

export interface FakeHosts {
  readonly open: OpenSession
  /** `open web1`, `web1$ true`, `close web1`, in the order they happened. */
  readonly log: readonly string[]
}

/** Hosts that do what a script says; those named in `bad` cannot be reached. */
export function fakeHosts(script: Script = () => ({}), bad: readonly string[] = []): FakeHosts {
  const log: string[] = []
  const open: OpenSession = async (host, { dryRun }) => {
    log.push(`open ${host.name}`)
    await turn()
    if (bad.includes(host.name)) throw new UnreachableError('unreachable', `${host.name}: connection refused`)
    return session(host, script, log, dryRun)
  }
  return { open, log }
}

export const sshHost = (name: string): SshHost => ({ kind: 'ssh', name, address: name })

export const exited = (code: number): Reply => ({ outcome: { type: 'exited', code } })

/** Runs until the run is cancelled; then its remote process has ended. */
export const untilAborted = (options: ExecOptions): Promise<Reply> =>
  new Promise((resolve) => {
    const cancelled = () => resolve({ outcome: { type: 'cancelled', remote: { type: 'ended' } } })
    if (options.signal?.aborted) cancelled()
    options.signal?.addEventListener('abort', cancelled)
  })

/** Lets everything else that is ready run first. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function session(host: Host, script: Script, log: string[], dryRun: boolean): Session {
  return {
    host,
    async exec(command, options = {}): Promise<ExecResult> {
      const text = show(command)
      log.push(`${host.name}$ ${text}`)
      if (dryRun) return { outcome: { type: 'exited', code: 0 }, assumed: true }
      const reply = await script(host.name, text, options)
      for (const chunk of reply.stdout ?? []) await options.onStdout?.(bytes(chunk))
      for (const chunk of reply.stderr ?? []) await options.onStderr?.(bytes(chunk))
      return { outcome: reply.outcome ?? { type: 'exited', code: 0 }, assumed: false }
    },
    async put(local, remote, options) {
      log.push(`${host.name} put ${local} ${remote}`)
      options?.onProgress?.(3, 3)
      return { bytes: 3 }
    },
    async get(remote, local) {
      log.push(`${host.name} get ${remote} ${local}`)
      return { bytes: 3 }
    },
    async close() {
      await turn()
      log.push(`close ${host.name}`)
    },
  }
}

const bytes = (chunk: string | Uint8Array): Uint8Array =>
  typeof chunk === 'string' ? Buffer.from(chunk) : chunk
