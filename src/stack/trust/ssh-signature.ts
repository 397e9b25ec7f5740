import { parseSshKey, type SshKey } from './ssh-key.ts'
import { WireReader } from './ssh-wire.ts'

/** What a signature says of itself; whether it is true is for ssh-keygen to say. */
export interface SshSignature {
  readonly key: SshKey
  readonly namespace: string
}

/** Reads an armored signature (OpenSSH's PROTOCOL.sshsig); undefined where it is none, or cut. */
export function parseSshSignature(bytes: Uint8Array): SshSignature | undefined {
  const text = Buffer.from(bytes).toString('latin1')
  const armor = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n$/.exec(
    text,
  )
  if (armor === null) return undefined
  try {
    return read(Buffer.from(armor[1] ?? '', 'base64'))
  } catch {
    return undefined
  }
}

function read(bytes: Uint8Array): SshSignature | undefined {
  const reader = new WireReader(bytes)
  if (reader.take(6).toString('latin1') !== 'SSHSIG' || reader.uint32() !== 1) return undefined
  const key = parseSshKey(reader.string())
  const namespace = reader.string().toString('utf8')
  for (const _ of ['reserved', 'hash', 'signature']) reader.string()
  return key && reader.isAtEnd ? { key, namespace } : undefined
}
