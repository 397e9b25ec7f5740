import type { Settings } from '../config/index.ts'
import type { ConnectSettings } from './connect-settings.ts'

/** What the settings mean for opening sessions; `prompt` and `warn` are the screen's, and come from the CLI. */
export function connectSettings(
  settings: Settings,
  screen: Pick<ConnectSettings, 'prompt' | 'warn'>,
): ConnectSettings {
  return {
    keyFiles: settings.key_filename,
    useSshConfig: settings.use_ssh_config,
    forwardAgent: settings.forward_agent,
    timeoutMs: settings.timeout * 1000,
    attempts: settings.connection_attempts,
    keepaliveMs: settings.keepalive * 1000,
    hostKeyPolicy: settings.host_key_policy,
    ...given('user', settings.user),
    ...given('port', settings.port),
    ...given('password', settings.password),
    ...given('sshConfigPath', settings.ssh_config_path),
    ...given('gateway', settings.gateway),
    ...given('knownHosts', settings.known_hosts),
    ...screen,
  }
}

/** A field that is there only if it has a value. */
const given = <Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: T })
