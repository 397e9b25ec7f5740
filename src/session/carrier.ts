import { spawn } from 'node:child_process'
import { createConnection, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { Target } from './target.ts'

/** What carries the connection: a TCP socket, a channel of a jump host, or the pipes of a ProxyCommand. */
export type Carrier = Socket | Duplex

/** Connects to the target's address by TCP. Rejects with node's error, or the signal's reason. */
export function dial(target: Target, signal: AbortSignal): Promise<Socket> {
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
    const giveUp = () => {
      socket.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      signal.removeEventListener('abort', giveUp)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

/** A channel from a jump host to the target. Rejects with ssh2's error, or the signal's reason. */
export function forward(jump: Client, target: Target, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    jump.forwardOut('127.0.0.1', 0, target.address, target.port, (error, channel) => {
      signal.removeEventListener('abort', giveUp)
      if (error) reject(error)
      else if (signal.aborted) channel.destroy()
      else resolve(channel)
    })
  })
}

/** The pipes of a ProxyCommand, as ssh_config says it; the command ends with the carrier. */
export function through(line: string): Duplex {
  const child = spawn('/bin/sh', ['-c', `exec ${line}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  const carrier = Duplex.from({ readable: child.stdout, writable: child.stdin })
  carrier.once('close', () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) end(child.pid)
  })
  child.once('error', (error) => carrier.destroy(error))
  return carrier
}

function end(group: number): void {
  try {
    process.kill(-group, 'SIGTERM')
  } catch {
    // It has just ended by itself.
  }
}
