import { spawn } from 'node:child_process'
import { createConnection, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { expandProxyCommand } from '../inventory/index.ts'
import { UnreachableError } from '../shell/index.ts'
import { AttemptError } from './attempt-error.ts'
import type { Target } from './target.ts'

/** What carries a connection: a TCP socket, a channel of a jump host, or the pipes of a ProxyCommand. */
export type Carrier = Socket | Duplex

// Of SSH_MSG_CHANNEL_OPEN_FAILURE (RFC 4254 5.1).
const ADMINISTRATIVELY_PROHIBITED = 1

/** Connects to the target by TCP. Rejects with an AttemptError, an UnreachableError, or the signal's reason. */
export function dial(target: Target, signal: AbortSignal): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = createConnection({
      host: target.address,
      port: target.port,
      // Nagle's algorithm costs 40 ms per command.
      noDelay: true,
      ...(target.family ? { family: target.family } : {}),
      ...(target.bindAddress ? { localAddress: target.bindAddress } : {}),
    })
    const fail = (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', giveUp)
      reject(dialFailure(target, error))
    }
    const giveUp = () => {
      socket.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    socket.once('error', fail)
    socket.once('connect', () => {
      signal.removeEventListener('abort', giveUp)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

/** A channel from a jump host to the target; rejects as `dial` does. */
export function forward(jump: Client, gate: string, target: Target, signal: AbortSignal): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    jump.forwardOut('127.0.0.1', 0, target.address, target.port, (error, channel) => {
      signal.removeEventListener('abort', giveUp)
      if (error) reject(forwardFailure(target, gate, error))
      else if (signal.aborted) channel.destroy()
      else resolve(channel)
    })
  })
}

/** The pipes of a ProxyCommand; its processes end with the carrier. */
export function through(line: string, target: Target): Carrier {
  const { host, address, port, user } = target
  const command = expandProxyCommand(line, { host: host.address, address, port, user })
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const carrier = Duplex.from({ readable: child.stdout, writable: child.stdin })
  child.once('error', (error) => carrier.destroy(error))
  carrier.on('error', () => {})
  carrier.once('close', () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endGroup(child.pid)
  })
  return carrier
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGTERM')
  } catch {
    // It has just ended by itself.
  }
}

function dialFailure(target: Target, error: NodeJS.ErrnoException): Error {
  const at = `${target.address} port ${target.port}`
  if (error.code === 'ENOTFOUND')
    return new UnreachableError(
      'unreachable',
      `${target.host.name}: there is no host named ${target.address}`,
      { hint: 'check the spelling, DNS, /etc/hosts, and HostName in ssh_config' },
    )
  const why: Readonly<Record<string, string>> = {
    ECONNREFUSED: `nothing listens at ${at}`,
    EHOSTUNREACH: `there is no way to ${at}`,
    ENETUNREACH: `there is no way to ${at}`,
    ETIMEDOUT: `${at} does not answer`,
    EAI_AGAIN: `no name server answers the question for ${target.address}`,
  }
  return new AttemptError('passing', why[error.code ?? ''] ?? `${at}: ${error.message}`)
}

/** Why a jump host did not connect us; `reason`: of SSH_MSG_CHANNEL_OPEN_FAILURE. */
export function forwardFailure(
  target: Target,
  gate: string,
  { reason, message }: { readonly reason?: unknown; readonly message: string },
): Error {
  const at = `${target.address} port ${target.port}`
  if (reason === ADMINISTRATIVELY_PROHIBITED)
    return new UnreachableError('unreachable', `${target.host.name}: ${gate} does not forward to ${at}`, {
      hint: `AllowTcpForwarding and PermitOpen in the sshd_config of ${gate} decide that`,
    })
  return new AttemptError('passing', `${gate} cannot reach ${at}: ${message}`)
}
