import type { Host } from '../inventory/index.ts'
import type { ConnectSettings } from './connect-settings.ts'
import { dryRunSession } from './dry-run.ts'
import { withEnvironment } from './environment.ts'
import type { Session } from './session.ts'

export type { ConnectSettings, HostKeyPolicy } from './connect-settings.ts'
export { dryRunSession } from './dry-run.ts'
export type { CommandOutcome, LeftJob, RemoteFate } from './outcome.ts'
export {
  type RecordedAnswer,
  type RecordedCall,
  type RecordedScript,
  type RecordedSession,
  recordedSession,
} from './recorded.ts'
export type {
  CopyOptions,
  ExecOptions,
  ExecResult,
  Session,
  Terminal,
  TransferOptions,
  TransferResult,
} from './session.ts'
export type { SudoWish } from './sudo.ts'

export interface OpenOptions {
  /** Nothing is connected and nothing runs: every answer is assumed. */
  readonly dryRun?: boolean
  /** Aborting gives up connecting. */
  readonly signal?: AbortSignal
}

/**
 * A session with a host: over SSH, on this machine, or a dry run. Rejects with an UnreachableError, a UsageError or a
 * CancelledError. One settings object per run: hosts that are given the same one share keys, passphrases and jump hosts.
 */
export async function openSession(
  host: Host,
  settings: ConnectSettings,
  options: OpenOptions = {},
): Promise<Session> {
  if (options.dryRun) return dryRunSession(host)
  const session = await opened(host, settings, options)
  return host.env === undefined ? session : withEnvironment(session, host.env)
}

async function opened(host: Host, settings: ConnectSettings, { signal }: OpenOptions): Promise<Session> {
  // Neither body is loaded for a command line that runs nothing (`-l`, `help`, a dry run).
  if (host.kind === 'local') return (await import('./local.ts')).localSession()
  const [{ connect }, { sshSession }] = await Promise.all([import('./connect.ts'), import('./ssh.ts')])
  return sshSession(await connect(host, settings, signal))
}
