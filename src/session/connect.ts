import { setMaxListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { type HostConfig, SshConfigReader, type SshHost } from '../inventory/index.ts'
import type { ConnectSettings } from './connect-settings.ts'
import type { Connection } from './connection.ts'

/** The built-in body's connector, or that of the system's ssh. */
interface Opener {
  connect(host: SshHost, config: HostConfig, signal: AbortSignal): Promise<Connection>
}

const openers = new WeakMap<ConnectSettings, Promise<Opener>>()
const configs = new WeakMap<ConnectSettings, SshConfigReader>()

/**
 * Opens an SSH connection: host key checked, logged in, retried while that can help. Hosts that are given the same
 * settings object share keys, typed passphrases, jump hosts and the pace of logins: use one object per run.
 * Rejects with an UnreachableError, a UsageError (a jump host that is none) or a CancelledError.
 */
export async function connect(
  host: SshHost,
  settings: ConnectSettings,
  signal: AbortSignal = new AbortController().signal,
): Promise<Connection> {
  // One signal ends a whole run, and has a listener per host: that is no leak.
  setMaxListeners(0, signal)
  const config = configs.get(settings) ?? new SshConfigReader(settings)
  configs.set(settings, config)
  const asked = config.of({ ...host, user: host.user ?? settings.user, port: host.port ?? settings.port })
  // Its failure is the connector's to tell; until then it is nobody's.
  asked.catch(() => undefined)
  const opener = openers.get(settings) ?? openerFor(settings, config)
  openers.set(settings, opener)
  return (await opener).connect(host, await asked, signal)
}

/** ssh2 costs more than the rest of the program: it is loaded when it is needed, while ssh reads its files. */
async function openerFor(settings: ConnectSettings, config: SshConfigReader): Promise<Opener> {
  const connector = import('./connector.ts')
  if (settings.client === 'openssh') {
    const [{ Connector }, { logIn }] = await Promise.all([connector, import('./openssh/log-in.ts')])
    return new Connector(settings, config, logIn)
  }
  const [{ Connector }, { logIn }] = await Promise.all([connector, import('./attempt.ts')])
  // All hosts of the run wait for this, and go on at once then: signals and the screen get a turn in between.
  await turn()
  return new Connector(settings, config, logIn)
}
