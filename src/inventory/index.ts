export type { Host, LocalHost, SshHost } from './host.ts'
export {
  fingerprint,
  hashedName,
  type KnownHostsLine,
  keyTypeOf,
  knownHostsName,
  linesFor,
  parseKnownHosts,
} from './known-hosts.ts'
export { parseHost, showHost } from './parse-host.ts'
export { defaultConfig, type HostConfig, splitHops } from './ssh-config.ts'
