import type { ConnectConfig } from 'ssh2'
import { UnreachableError } from '../shell/index.ts'
import { AttemptError } from './attempt-error.ts'
import { authentication } from './authenticate.ts'
import { type Carrier, dial, forward, through } from './carrier.ts'
import type { ConnectSettings } from './connect-settings.ts'
import { type BuiltInConnection, openClient } from './connection.ts'
import type { Credentials } from './credentials.ts'
import type { Deadline } from './deadline.ts'
import { hungUp } from './greeting.ts'
import { type HostKeyCheck, hostKeyCheck } from './host-key-check.ts'
import type { KnownHostsFiles } from './known-hosts-files.ts'
import { ONLY_SSH } from './login-refused.ts'
import { signAtOnce } from './sign-at-once.ts'
import type { Target } from './target.ts'

/** What one attempt to log in is given. */
export interface Login {
  readonly target: Target
  readonly settings: ConnectSettings
  readonly credentials: Credentials
  readonly knownHosts: KnownHostsFiles
  readonly deadline: Deadline
  /** Aborted by the deadline or from outside. */
  readonly signal: AbortSignal
}

/**
 * One attempt, by way of a jump host's connection where there is one: host key and authentication. Rejects with an
 * AttemptError, an UnreachableError for good, or the signal's reason.
 */
export async function logIn(login: Login, gate?: BuiltInConnection): Promise<BuiltInConnection> {
  const { target, settings, deadline, signal } = login
  const hostKey = await hostKeyCheck(target, settings.hostKeyPolicy, login.knownHosts, settings.warn)
  const auth = authentication({
    target,
    credentials: login.credentials,
    password: settings.password,
    humanly: (waiting) => deadline.while(waiting),
  })
  // What has to be read was read: from here to ssh2's own listeners nothing waits, and no error goes unheard.
  const carrier = await carry(login, gate)
  const giveUp = () => carrier.destroy()
  signal.addEventListener('abort', giveUp, { once: true })
  const said = greetingOf(carrier)
  let isEncrypted = false
  try {
    const opened = await openClient(carrier, configOf(target, hostKey, auth.handler), (client) => {
      client.once('handshake', () => {
        isEncrypted = true
        signAtOnce(client)
      })
    })
    signal.throwIfAborted()
    try {
      await hostKey.settle()
    } catch (error) {
      opened.close()
      throw error
    }
    const { isOpenSsh } = said()
    return { ...opened, host: target.host, hostKeyFingerprint: hostKey.fingerprint(), isOpenSsh }
  } catch (error) {
    signal.throwIfAborted()
    const refused = hostKey.refusal()
    if (refused) throw refused
    if (error instanceof UnreachableError) throw error
    if (auth.isExhausted()) throw auth.error()
    const { message, code, level } = error as Error & { readonly code?: unknown; readonly level?: unknown }
    // A number is the reason of an SSH disconnect message: the host says that it has had enough of us.
    if (isEncrypted && typeof code === 'number') throw auth.error(message)
    const { greeting, isSsh } = said()
    if (!isSsh && target.via.type === 'command')
      throw new AttemptError(
        'passing',
        `the ProxyCommand ended before the host said a word: ${target.via.line}`,
      )
    // Both sides have said what they can do, and that is not the same.
    if (isSsh && level === 'handshake')
      throw new UnreachableError(
        'unreachable',
        `${target.host.name}: no agreement with the host: ${message}`,
        {
          hint: `the host may want an algorithm ${ONLY_SSH}`,
        },
      )
    if (isSsh)
      throw new AttemptError(
        'passing',
        `the connection broke during the ${isEncrypted ? 'login' : 'handshake'}: ${message}`,
      )
    throw hungUp(target, greeting)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function carry({ target, signal }: Login, gate: BuiltInConnection | undefined): Promise<Carrier> {
  if (gate) return forward(gate.client, gate.host.name, target, signal)
  return target.via.type === 'command'
    ? Promise.resolve(through(target.via.line, target))
    : dial(target, signal)
}

function configOf(
  target: Target,
  hostKey: HostKeyCheck,
  authHandler: ConnectConfig['authHandler'],
): ConnectConfig {
  return {
    host: target.address,
    port: target.port,
    username: target.user,
    readyTimeout: 0,
    keepaliveInterval: target.keepaliveMs,
    // ssh2 counts the question it would ask next as well.
    keepaliveCountMax: Math.max(0, target.keepaliveMisses - 1),
    hostVerifier: hostKey.verify,
    algorithms: {
      serverHostKey: [...hostKey.algorithms],
      hmac: { remove: ['hmac-sha1', 'hmac-sha1-etm@openssh.com'] } as never,
      ...(target.compression ? { compress: ['zlib@openssh.com', 'none'] } : {}),
    },
    ...(authHandler ? { authHandler } : {}),
    ...(target.forwardedAgent ? { agent: target.forwardedAgent, agentForward: true } : {}),
  }
}

/** Listens to the first bytes: an SSH server says `SSH-2.0-…`, after lines of text if it likes (RFC 4253 4.2). */
function greetingOf(
  carrier: Carrier,
): () => { readonly greeting: string; readonly isSsh: boolean; readonly isOpenSsh: boolean } {
  let text = ''
  const listen = (chunk: Buffer) => {
    text += chunk.toString('latin1')
    if (/^SSH-/m.test(text) || text.length > 1000) carrier.off('data', listen)
  }
  carrier.pause()
  carrier.on('data', listen)
  return () => ({
    greeting: text.split(/[\r\n]/)[0] ?? '',
    isSsh: /^SSH-/m.test(text),
    isOpenSsh: /^SSH-2\.0-OpenSSH/m.test(text),
  })
}
