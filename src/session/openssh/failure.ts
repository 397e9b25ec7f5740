import { printable } from '../../shell/index.ts'
import type { Login } from '../attempt.ts'
import { AttemptError } from '../attempt-error.ts'
import { dial, forwardFailure } from '../carrier.ts'
import { hungUp } from '../greeting.ts'
import { acquaintance, judgeOffered, refusal } from '../host-key.ts'
import { loginRefused } from '../login-refused.ts'
import type { OpenSshConnection } from './log-in.ts'
import type { Progress } from './progress.ts'

interface Failed {
  readonly login: Login
  readonly progress: Progress
  readonly gate: OpenSshConnection | undefined
}

/** Why ssh did not log in: by how far it came, and by what can be asked again; its words are for people. */
export async function failureOf(failed: Failed): Promise<Error> {
  const { login, progress, gate } = failed
  const { target } = login
  const said = printable(progress.lastWords)
  if (progress.stage === 'dialling' && target.via.type !== 'command') {
    return gate ? notForwarded(failed, gate) : notDialled(login, said)
  }
  if (progress.stage === 'dialling' || progress.stage === 'connected') {
    if (target.via.type !== 'command' || progress.greeting) return hungUp(target, progress.greeting)
    const { line } = target.via
    return new AttemptError('passing', `the ProxyCommand ended before the host said a word: ${line}`)
  }
  if (progress.stage === 'speaking')
    return (
      (await untrusted(login, progress)) ??
      new AttemptError('passing', `the connection broke during the handshake: ${said}`)
    )
  if (progress.isExhausted || progress.goodbye !== undefined) {
    const { tried, accepted } = progress
    const notes = await troublesOf(login)
    return loginRefused(
      target,
      { tried: [...new Set(tried)], accepted, notes, isBuiltIn: false },
      progress.goodbye,
    )
  }
  return new AttemptError('passing', `the connection broke during the login: ${said}`)
}

/** What of the keys could not be used, by the built-in body's reading of them: only a login that failed needs it. */
async function troublesOf(login: Login): Promise<readonly string[]> {
  const { keyTroubles } = await import('../offers.ts')
  return keyTroubles(login.target, login.credentials)
}

/** The same connection, tried without SSH, tells the reason as a fact: no such name, refused, no way there. */
async function notDialled({ target, signal }: Login, said: string): Promise<Error> {
  try {
    const socket = await dial(target, signal)
    socket.destroy()
    return new AttemptError('passing', `${target.address} port ${target.port}: ${said}`)
  } catch (error) {
    return error as Error
  }
}

/** Likewise of a jump host, which is asked to connect us again. */
async function notForwarded(
  { login: { target }, progress }: Failed,
  gate: OpenSshConnection,
): Promise<Error> {
  const reason = await gate.client.whyUnreachable(target.address, target.port)
  const message = reason === CONNECT_FAILED ? 'Connection refused' : printable(progress.lastWords)
  return forwardFailure(target, gate.host.name, { reason, message })
}

// Of SSH_MSG_CHANNEL_OPEN_FAILURE (RFC 4254 5.1).
const CONNECT_FAILED = 2

/** The error for a host key that ssh did not accept; undefined where that was not the reason. */
async function untrusted(
  { target, settings, knownHosts }: Login,
  progress: Progress,
): Promise<Error | undefined> {
  const { hostKey } = progress
  if (hostKey === undefined) return undefined
  // ssh may have written there, or somebody else.
  const about = acquaintance(knownHosts.linesNow(target.knownHostsFiles), target.knownAs)
  return refusal(judgeOffered(about, hostKey), target, hostKey, about, settings.hostKeyPolicy)
}
