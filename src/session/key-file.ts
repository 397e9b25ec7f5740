import { readFile, stat } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'
import { keyTypeOf } from '../inventory/index.ts'
import type { Secret } from '../shell/index.ts'
import { ONLY_SSH } from './login-refused.ts'

/** A private key file, as far as it can be used without a person. */
export type KeyFile =
  /** Perhaps with FILE.pub beside it: the agent may hold the key itself. */
  | { readonly type: 'missing'; readonly publicKey: Buffer | undefined }
  | { readonly type: 'ready'; readonly key: ParsedKey; readonly publicKey: Buffer }
  /** Encrypted; the public part is there when the file (or FILE.pub) shows it. */
  | { readonly type: 'locked'; readonly text: string; readonly publicKey: Buffer | undefined }
  /** `why` ends a sentence that begins with the file's name. */
  | { readonly type: 'unusable'; readonly why: string }
  /** Likewise; the ssh program can use it. */
  | { readonly type: 'beyond-us'; readonly why: string }

/** Reads a key file; never rejects. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let text: string
  try {
    const { mode, uid } = await stat(path)
    // As OpenSSH: a private key of mine that others can read is not used.
    if (uid === process.getuid?.() && (mode & 0o077) !== 0)
      return { type: 'unusable', why: `can be read by others: chmod 600 ${path}` }
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { type: 'missing', publicKey: await readPublicKey(path) }
      : { type: 'unusable', why: `cannot be read: ${code}` }
  }
  const header = openSshHeader(text)
  const publicKey = header?.publicKey ?? (await readPublicKey(path))
  const keyType = publicKey ? keyTypeOf(publicKey) : ''
  if (keyType.startsWith('sk-')) return { type: 'beyond-us', why: `is a security (FIDO) key, ${ONLY_SSH}` }
  if (header?.encrypted ?? /^Proc-Type: 4,ENCRYPTED/m.test(text)) return { type: 'locked', text, publicKey }
  const key = parsed(text)
  return key
    ? { type: 'ready', key, publicKey: key.getPublicSSH() }
    : { type: 'unusable', why: 'is no private key that ssh2 can use; ssh-keygen -p -f rewrites old forms' }
}

/** The key of an encrypted file; undefined when the passphrase is wrong. */
export const unlock = (text: string, passphrase: Secret): ParsedKey | undefined =>
  parsed(text, passphrase.reveal())

function parsed(text: string, passphrase?: string): ParsedKey | undefined {
  const result: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase)
  if (result instanceof Error) return undefined
  const key = Array.isArray(result) ? result[0] : result
  return key?.isPrivateKey() ? key : undefined
}

/** What an OpenSSH private key file shows without its passphrase (PROTOCOL.key of OpenSSH). */
function openSshHeader(
  text: string,
): { readonly encrypted: boolean; readonly publicKey: Buffer } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  let at = 'openssh-key-v1\0'.length
  const string = (): Buffer | undefined => {
    if (at + 4 > bytes.length) return undefined
    const start = at + 4
    at = start + bytes.readUInt32BE(at)
    return at > bytes.length ? undefined : bytes.subarray(start, at)
  }
  const cipher = string()?.toString('latin1')
  string() // kdf name
  string() // kdf options
  at += 4 // number of keys: always 1
  const publicKey = string()
  return cipher !== undefined && publicKey ? { encrypted: cipher !== 'none', publicKey } : undefined
}

async function readPublicKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(`${path}.pub`, 'utf8').catch(() => '')
  const [, base64] = text.trim().split(/\s+/)
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64')
}
