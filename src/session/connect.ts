import { setMaxListeners } from 'node:events'
import { SshConfigReader, type SshHost } from '../inventory/index.ts'
import type { ConnectSettings } from './connect-settings.ts'
import type { Connection } from './connection.ts'
import type { Connector } from './connector.ts'

const connectors = new WeakMap<ConnectSettings, Connector>()
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
  // ssh2 costs more than the rest of the program: it is loaded when it is needed, while ssh reads its files.
  const { Connector } = await import('./connector.ts')
  const connector = connectors.get(settings) ?? new Connector(settings, config)
  connectors.set(settings, connector)
  return connector.connect(host, await asked, signal)
}
