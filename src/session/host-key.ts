import type { ServerHostKeyAlgorithm } from 'ssh2'
import { fingerprint, type KnownHostsLine, keyTypeOf, linesFor } from '../inventory/index.ts'
import { quote, UnreachableError } from '../shell/index.ts'
import type { HostKeyPolicy } from './connect-settings.ts'
import type { Target } from './target.ts'

/** What known_hosts says about a key a host offers. */
export type Verdict =
  | { readonly type: 'known' }
  | { readonly type: 'unknown' }
  | { readonly type: 'changed'; readonly lines: readonly KnownHostsLine[] }
  | { readonly type: 'revoked'; readonly line: KnownHostsLine }

// Host keys signed with SHA-1 (ssh-rsa) are not among them.
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/** The known_hosts lines about a host. */
export interface Acquaintance {
  readonly own: readonly KnownHostsLine[]
  /** About its name without the port; looked at only where no key is known for the port. */
  readonly portless: readonly KnownHostsLine[]
}

/** Finds a host by its names, the best one first. (A scan costs a hash per hashed line: it is done once.) */
export function acquaintance(
  lines: readonly KnownHostsLine[],
  [name, ...others]: readonly string[],
): Acquaintance {
  const own = name === undefined ? [] : linesFor(lines, name)
  return { own, portless: own.some(isPlain) ? [] : others.flatMap((other) => linesFor(lines, other)) }
}

/** A key a host offers, as people compare keys. */
export interface OfferedKey {
  /** `ssh-ed25519` */
  readonly type: string
  /** `SHA256:…` */
  readonly fingerprint: string
}

export const offeredKey = (key: Buffer): OfferedKey => ({
  type: keyTypeOf(key),
  fingerprint: fingerprint(key),
})

/** Judges a key as OpenSSH's check_key_in_hostkeys() does. */
export const judge = (about: Acquaintance, key: Buffer): Verdict =>
  judgeBy(about, (line) => line.key.equals(key))

/** The same of a key that only a fingerprint is known of. */
export const judgeOffered = (about: Acquaintance, offered: OfferedKey): Verdict =>
  judgeBy(about, (line) => fingerprint(line.key) === offered.fingerprint)

function judgeBy({ own, portless }: Acquaintance, isIt: (line: KnownHostsLine) => boolean): Verdict {
  const revoked = [...own, ...portless].find((line) => line.role === 'revoked' && isIt(line))
  if (revoked) return { type: 'revoked', line: revoked }
  const isKey = (line: KnownHostsLine) => isPlain(line) && isIt(line)
  if (own.some(isKey)) return { type: 'known' }
  if (own.some(isPlain)) return { type: 'changed', lines: own.filter(isPlain) }
  // A name without its port may vouch for a key, but its other keys say nothing about this port.
  return portless.some(isKey) ? { type: 'known' } : { type: 'unknown' }
}

/** What to offer the host: the types it is known by first, or a host known by its RSA key looks changed. */
export function hostKeyAlgorithms({ own, portless }: Acquaintance): ServerHostKeyAlgorithm[] {
  const types = new Set([...own, ...portless].filter(isPlain).map((line) => line.keyType))
  const isKnown = (algorithm: string) => types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))]
}

const isPlain = (line: KnownHostsLine): boolean => line.role === 'plain'

/** The error for a key that is refused; undefined where the policy lets it pass. */
export function refusal(
  verdict: Verdict,
  target: Target,
  key: OfferedKey,
  about: Acquaintance,
  policy: HostKeyPolicy,
): UnreachableError | undefined {
  if (verdict.type === 'known' || policy === 'off') return undefined
  if (verdict.type === 'changed') return changed(target, key, verdict.lines)
  if (verdict.type === 'revoked') return revoked(target, key, verdict.line)
  return policy === 'accept-new' ? undefined : unknown(target, key, about)
}

function changed(target: Target, key: OfferedKey, lines: readonly KnownHostsLine[]): UnreachableError {
  const removals = [...new Set(lines.map((line) => line.file))].map((file) => {
    const removable = lines.some((line) => line.file === file && isRemovable(line, nameOf(target)))
    const at = lines.filter((line) => line.file === file).map((line) => line.line)
    return removable
      ? `  ssh-keygen -R ${quote(nameOf(target))} -f ${quote(file)}`
      : `  edit ${file}, line ${at.join(', ')}`
  })
  return new UnreachableError('host-key-changed', `${target.host.name}: the host key has changed`, {
    hint: [
      `offered:  ${shown(key)}`,
      ...lines.map((line) => `expected: ${shown(offeredKey(line.key))}, ${line.file}:${line.line}`),
      'somebody may be between you and the host. If its key was changed on purpose, remove the old one:',
      ...removals,
    ].join('\n'),
  })
}

function revoked(target: Target, key: OfferedKey, line: KnownHostsLine): UnreachableError {
  return new UnreachableError('host-key-revoked', `${target.host.name}: the host key is revoked`, {
    hint: [
      `offered: ${shown(key)}`,
      `revoked: ${shown(offeredKey(line.key))}, ${line.file}:${line.line}`,
      'do not connect; the host needs a new key',
    ].join('\n'),
  })
}

function unknown(target: Target, key: OfferedKey, { own, portless }: Acquaintance): UnreachableError {
  const authority = [...own, ...portless].find((line) => line.role === 'authority')
  const [file] = target.knownHostsFiles
  const scan = `ssh-keyscan -p ${target.port} ${quote(target.address)} | ssh-keygen -lf -`
  return new UnreachableError('host-key-unknown', `${target.host.name}: the host key is unknown`, {
    hint: [
      `offered: ${shown(key)}, not in ${target.knownHostsFiles.join(', ') || 'any known_hosts file'}`,
      ...(authority
        ? [
            `${authority.file}:${authority.line} trusts certificates, which the built-in client cannot check: set  ssh_client: openssh`,
          ]
        : []),
      'compare the fingerprint with the one on the host (ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub), then either',
      `  connect once with ssh, or let gachette write it${file ? ` to ${file}` : ''}: --set host_key_policy=accept-new`,
      `  (what it offers from here: ${scan})`,
    ].join('\n'),
  })
}

const shown = ({ fingerprint, type }: OfferedKey): string => `${fingerprint} (${type})`

const nameOf = (target: Target): string => target.knownAs[0] ?? target.address

/** Whether ssh-keygen -R takes the line out: it leaves patterns alone. */
const isRemovable = (line: KnownHostsLine, name: string): boolean =>
  line.names.some((each) => each === name || each.startsWith('|'))
