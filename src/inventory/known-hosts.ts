import { createHash, createHmac, randomBytes } from 'node:crypto'
import { matchesPattern } from './pattern.ts'

/** One usable line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHostsLine {
  /** `plain`: the host's own key; `revoked`: never to be accepted; `authority`: signs host certificates. */
  readonly role: 'plain' | 'revoked' | 'authority'
  /** Names and patterns, in lower case, or one hashed name as it stands. */
  readonly names: readonly string[]
  /** `ssh-ed25519`, `ssh-rsa` … */
  readonly keyType: string
  /** The key's wire form. */
  readonly key: Buffer
  readonly file: string
  /** Counted from 1. */
  readonly line: number
}

const ROLES = { '@revoked': 'revoked', '@cert-authority': 'authority' } as const

/** The usable lines of a known_hosts file, in order. Comments and broken lines are left out, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHostsLine[] {
  return text.split('\n').flatMap((content, at) => {
    const fields = content.split(/[ \t\r]+/).filter((field) => field !== '')
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined
    if (marker !== undefined && !isMarker(marker)) return []
    const [names, keyType, base64] = fields
    if (names === undefined || names.startsWith('#') || keyType === undefined || base64 === undefined)
      return []
    const key = parseKey(keyType, base64)
    if (!key) return []
    return [
      { role: marker ? ROLES[marker] : 'plain', names: splitNames(names), keyType, key, file, line: at + 1 },
    ]
  })
}

/** The lines that speak of a host; `name` is made by `knownHostsName`. */
export const linesFor = (lines: readonly KnownHostsLine[], name: string): KnownHostsLine[] =>
  lines.filter((line) => speaksOf(line.names, name))

/** The name a host has in known_hosts: `web1`, `[web1]:2222`. */
export const knownHostsName = (address: string, port: number): string =>
  port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`

/** A name as `HashKnownHosts yes` writes it: `|1|salt|HMAC-SHA1(salt, name)`. */
export function hashedName(name: string, salt: Uint8Array = randomBytes(20)): string {
  const hash = createHmac('sha1', salt).update(name).digest('base64')
  return `|1|${Buffer.from(salt).toString('base64')}|${hash}`
}

/** A key as people compare it: `SHA256:` and unpadded base64. */
export const fingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** The type a key's wire form begins with: `ssh-ed25519`. */
export function keyTypeOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0)
  return length > 64 || key.length < 4 + length ? '' : key.toString('latin1', 4, 4 + length)
}

const splitNames = (names: string): string[] =>
  names.startsWith('|') ? [names] : names.toLowerCase().split(',')

function speaksOf(names: readonly string[], name: string): boolean {
  const [first = ''] = names
  if (first.startsWith('|')) {
    const [, version, salt] = first.split('|')
    return version === '1' && salt !== undefined && hashedName(name, Buffer.from(salt, 'base64')) === first
  }
  let found = false
  for (const pattern of names) {
    if (pattern.startsWith('!')) {
      if (matchesPattern(pattern.slice(1), name)) return false
    } else found ||= matchesPattern(pattern, name)
  }
  return found
}

function parseKey(keyType: string, base64: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const key = Buffer.from(base64, 'base64')
  return keyTypeOf(key) === keyType ? key : undefined
}

const isMarker = (word: string): word is keyof typeof ROLES => Object.hasOwn(ROLES, word)
