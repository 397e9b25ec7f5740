import { userInfo } from 'node:os'
import { type HostConfig, knownHostsName, type SshHost, splitHops } from '../inventory/index.ts'
import type { ConnectSettings } from './connect-settings.ts'

/** Everything that decides how one host is reached: flags and settings first, then ssh_config. */
export interface Target {
  readonly host: SshHost
  readonly address: string
  readonly port: number
  readonly user: string
  /** What was typed or set; where absent, ssh_config has decided. */
  readonly told: { readonly user: string | undefined; readonly port: number | undefined }
  /** Its name in known_hosts, and the one to try when that is unknown (OpenSSH does: without the port). */
  readonly knownAs: readonly string[]
  readonly knownHostsFiles: readonly string[]
  readonly hashKnownHosts: boolean
  /** Key files the settings name, then those of ssh_config. */
  readonly namedKeyFiles: readonly string[]
  readonly configKeyFiles: readonly string[]
  readonly identitiesOnly: boolean
  readonly agentSocket: string | undefined
  readonly forwardedAgent: string | undefined
  readonly timeoutMs: number
  readonly attempts: number
  readonly keepaliveMs: number
  readonly keepaliveMisses: number
  readonly family: 4 | 6 | undefined
  readonly bindAddress: string | undefined
  readonly compression: boolean
  /** Whether a person may be asked. */
  readonly interactive: boolean
  readonly via: Via
  /** Lines of ssh_config about logging in that the built-in body cannot heed. */
  readonly onlyForSsh: readonly string[]
  /** Whether ssh_config wants Kerberos tried (GSSAPIAuthentication), which the built-in body cannot. */
  readonly gssapi: boolean
}

/** What is in front of a host. */
export type Via =
  | { readonly type: 'direct' }
  /** In order; `own`: they are ssh_config's own, not the settings' gateway. */
  | { readonly type: 'jumps'; readonly hops: readonly string[] }
  | { readonly type: 'command'; readonly line: string }

const DEFAULTS = { timeoutMs: 10_000, attempts: 3, keepaliveMs: 15_000 }

/** Settings and ssh_config made into one answer for one host. */
export function targetOf(host: SshHost, config: HostConfig, settings: ConnectSettings): Target {
  const address = config.hostName
  const port = host.port ?? settings.port ?? config.port
  const agentSocket = agentOf(config)
  const keyFiles = host.keyFiles ?? settings.keyFiles
  return {
    host,
    address,
    port,
    user: host.user ?? settings.user ?? config.user ?? userInfo().username,
    told: { user: host.user ?? settings.user, port: host.port ?? settings.port },
    knownAs: config.hostKeyAlias
      ? [config.hostKeyAlias]
      : [...new Set([knownHostsName(address, port), knownHostsName(address, 22)])],
    knownHostsFiles: settings.knownHosts ?? config.knownHostsFiles,
    hashKnownHosts: config.hashKnownHosts,
    namedKeyFiles: keyFiles,
    configKeyFiles: config.identityFiles.filter((file) => !keyFiles.includes(file)),
    identitiesOnly: config.identitiesOnly,
    agentSocket,
    forwardedAgent: forwarded(config.forwardAgent, settings.forwardAgent, agentSocket),
    timeoutMs: settings.timeoutMs ?? config.connectTimeoutMs ?? DEFAULTS.timeoutMs,
    attempts:
      settings.attempts ?? (config.connectionAttempts > 1 ? config.connectionAttempts : DEFAULTS.attempts),
    keepaliveMs: settings.keepaliveMs ?? (config.aliveIntervalMs || DEFAULTS.keepaliveMs),
    keepaliveMisses: config.aliveCountMax,
    family: config.family,
    bindAddress: config.bindAddress,
    compression: config.compression,
    interactive: settings.prompt !== undefined && !config.batch,
    via: viaOf(config, host.gateway ?? settings.gateway),
    onlyForSsh: config.onlyForSsh,
    gssapi: config.gssapi,
  }
}

function viaOf(config: HostConfig, gateway: string | undefined): Via {
  if (gateway !== undefined) return jumps(splitHops(gateway))
  if (config.proxyCommand !== undefined) return { type: 'command', line: config.proxyCommand }
  return jumps(config.proxyJump)
}

const jumps = (hops: readonly string[]): Via =>
  hops.length > 0 ? { type: 'jumps', hops } : { type: 'direct' }

function agentOf(config: HostConfig): string | undefined {
  if (config.identityAgent === 'none') return undefined
  return config.identityAgent ?? (process.env.SSH_AUTH_SOCK || undefined)
}

function forwarded(config: string, setting: boolean, own: string | undefined): string | undefined {
  if (setting || config === 'yes') return own
  return config === 'no' || config === 'none' ? undefined : config
}
