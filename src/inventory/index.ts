export { foldNames } from './fold.ts'
export type { Host, HostFacts, LocalHost, SshHost, Variable, Variables } from './host.ts'
export type { HostShare } from './host-share.ts'
export { askProgram, programName } from './inventory-program.ts'
export { type HostEntry, type KnownHosts, membersOf, type Properties, type Role } from './known.ts'
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
export { expandRanges } from './range.ts'
export { type HostRequest, Inventory, selectHosts } from './select.ts'
export { checkSelection, parseSelection, refuseDangling, splitAtCommas } from './selection.ts'
export { defaultConfig, expandProxyCommand, type HostConfig, localUser, splitHops } from './ssh-config.ts'
export { SshConfigReader, type SshConfigSource } from './ssh-config-reader.ts'
