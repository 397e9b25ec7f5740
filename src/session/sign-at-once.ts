import type { Client, ParsedKey } from 'ssh2'

type SignInto = (text: Buffer, send: (signature: Buffer) => void) => void
type AuthPK = (user: string, key: ParsedKey, algorithm: string | undefined, sign?: SignInto) => void

/** What ssh2 keeps to itself: the one place that decides whether to ask before signing. */
type Transparent = Client & { readonly _protocol: { authPK: AuthPK } }

const HASHES: Readonly<Record<string, string>> = {
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ssh-rsa': 'sha1',
}

/**
 * Logs in with a key at hand in one round trip instead of two: ssh2 asks whether the host would take it, and then signs
 * (RFC 4252 7: the question is for signatures that cost something, such as a person's touch; those stay the agent's).
 * To be called once the host has proved who it is, before the first key is offered.
 */
export function signAtOnce(client: Client): void {
  if (!isTransparent(client)) return
  const protocol = client._protocol
  const authPK = protocol.authPK.bind(protocol)
  protocol.authPK = (user, key, algorithm, sign) => {
    if (sign || !key.isPrivateKey()) return authPK(user, key, algorithm, sign)
    authPK(user, key, algorithm, (text, send) => {
      const signature: Buffer | Error = key.sign(text, HASHES[algorithm ?? ''])
      if (signature instanceof Error) authPK(user, key, algorithm)
      else send(signature)
    })
  }
}

function isTransparent(client: Client): client is Transparent {
  const { _protocol } = client as Partial<Transparent>
  return typeof _protocol?.authPK === 'function'
}
