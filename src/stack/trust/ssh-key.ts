import { createHash } from 'node:crypto'
import { WireReader, wire } from './ssh-wire.ts'

/** A public key as SSH writes it; of a certificate, the key that it certifies. */
export interface SshKey {
  /** `ssh-ed25519`, or `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string
  /** As it stands in a `.pub` file, base64. */
  readonly blob: string
  /** `SHA256:…` of the key itself, as `ssh-keygen -l` prints it, also of a certificate. */
  readonly fingerprint: string
  /** Who certified it, where it is a certificate. */
  readonly authority?: { readonly fingerprint: string }
}

/** How many strings a key of each type consists of, after its type. */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'sk-ssh-ed25519@openssh.com': 2,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
}
const CERTIFICATE = '-cert-v01@openssh.com'

/** Reads a public key; undefined where the bytes are none, or one of a type that OpenSSH does not sign with. */
export function parseSshKey(bytes: Uint8Array): SshKey | undefined {
  try {
    return read(bytes)
  } catch {
    return undefined
  }
}

/** Reads a line of a `.pub` file or of `ssh-add -L`: type, base64, comment. */
export function parsePublicLine(line: string): SshKey | undefined {
  const [type, blob = ''] = line.trim().split(/[ \t]+/)
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(blob) ? parseSshKey(Buffer.from(blob, 'base64')) : undefined
  return key?.type === type ? key : undefined
}

function read(bytes: Uint8Array): SshKey | undefined {
  const reader = new WireReader(bytes)
  const type = reader.string().toString('latin1')
  const isCertificate = type.endsWith(CERTIFICATE)
  const plain = isCertificate ? plainType(type) : type
  const count = Object.hasOwn(FIELDS, plain) ? FIELDS[plain] : undefined
  if (count === undefined) return undefined
  if (isCertificate) reader.string()
  const fields = Array.from({ length: count }, () => reader.string())
  const key = {
    type,
    blob: Buffer.from(bytes).toString('base64'),
    fingerprint: fingerprintOf(wire(plain, ...fields)),
  }
  if (!isCertificate) return reader.isAtEnd ? key : undefined
  return { ...key, authority: { fingerprint: fingerprintOf(authorityIn(reader)) } }
}

/** What follows the key in a certificate (PROTOCOL.certkeys): serial, kind, id, principals, times, options, then who signed. */
function authorityIn(reader: WireReader): Buffer {
  reader.take(8 + 4)
  reader.string()
  reader.string()
  reader.take(8 + 8)
  for (const _ of ['critical options', 'extensions', 'reserved']) reader.string()
  return reader.string()
}

const plainType = (type: string): string => {
  const plain = type.slice(0, -CERTIFICATE.length)
  return plain.startsWith('sk-') ? `${plain}@openssh.com` : plain
}

const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
