export { foldNames } from './fold.ts'
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
export { parseHost, showHost, USER_NAME } from './parse-host.ts'
export { type HostRequest, type KnownHosts, selectHosts } from './select.ts'
export { defaultConfig, expandProxyCommand, type HostConfig, localUser, splitHops } from './ssh-config.ts'
export { SshConfigReader, type SshConfigSource } from './ssh-config-reader.ts'
