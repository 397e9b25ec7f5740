import type { LoadedSettings } from '../config/index.ts'
import type { ConnectSettings } from './connect-settings.ts'

/**
 * What the settings mean for opening sessions; `prompt` and `warn` are the screen's, and come from the CLI. Times nobody
 * set are left out: ssh_config may know better than our defaults.
 */
export function connectSettings(
  { settings, originOf }: Pick<LoadedSettings, 'settings' | 'originOf'>,
  screen: Pick<ConnectSettings, 'prompt' | 'warn'>,
): ConnectSettings {
  const set = (name: 'timeout' | 'connection_attempts' | 'keepalive') => {
    if (originOf(name) === 'default') return undefined
    return name === 'connection_attempts' ? settings[name] : settings[name] * 1000
  }
  return {
    keyFiles: settings.key_filename,
    useSshConfig: settings.use_ssh_config,
    forwardAgent: settings.forward_agent,
    hostKeyPolicy: settings.host_key_policy,
    ...(settings.ssh_client === 'openssh' ? { client: settings.ssh_client } : {}),
    ...given('timeoutMs', set('timeout')),
    ...given('attempts', set('connection_attempts')),
    ...given('keepaliveMs', set('keepalive')),
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
