import { Socket } from 'node:net'
import { NodeSSH } from 'node-ssh'
import type { Client, ConnectConfig } from 'ssh2'
import type { SshHost } from '../inventory/index.ts'
import type { Carrier } from './carrier.ts'
import type { TerminalExecutor } from './executor.ts'

/** An authenticated SSH connection to a host whose key was checked. It never throws from behind: late errors end in `closed`. */
export interface Connection {
  readonly host: SshHost
  readonly client: TerminalExecutor
  /** Of the key the host proved to have: `SHA256:…`. */
  readonly hostKeyFingerprint: string
  /** The server is OpenSSH, as far as is known: see the lifeline. */
  readonly isOpenSsh: boolean
  /** Resolves once, with the reason, when the connection is no more; never rejects. */
  readonly closed: Promise<string>
  /** The reason, as soon as the connection is no more. */
  lost(): string | undefined
  /** Says goodbye and closes; at once when called again, soon when the other side is silent. `why` becomes the reason. */
  close(why?: string): void
}

/** The built-in body's: the carriers of hosts behind it are channels of its client. */
export interface BuiltInConnection extends Connection {
  readonly client: Client
}

const GOODBYE_MS = 500

/**
 * Speaks SSH over a carrier that is connected already. Rejects with whatever ssh2 says, the carrier being destroyed.
 *
 * @param onClient called with the client before the first byte is sent
 */
export async function openClient(
  carrier: Carrier,
  config: ConnectConfig,
  onClient: (client: Client) => void,
): Promise<Omit<BuiltInConnection, 'host' | 'hostKeyFingerprint' | 'isOpenSsh'>> {
  const ssh = new NodeSSH()
  let client: Client | undefined
  let failure: string | undefined
  let reason: string | undefined
  let closedFor: string | undefined
  const closed = new Promise<string>((resolve) => {
    // node-ssh takes its error listener away once ready, and a later reset would crash the process: listen from birth.
    Object.defineProperty(ssh, 'connection', {
      get: () => client,
      set(born: Client | null) {
        if (!born) return
        client = born
        born.on('error', (error: Error) => {
          failure ??= error.message
        })
        born.on('close', () => {
          reason ??= closedFor ?? failure ?? 'the host closed the connection'
          resolve(reason)
        })
        onClient(born)
      },
    })
  })
  try {
    await ssh.connect({ ...config, sock: carrier } as Parameters<NodeSSH['connect']>[0])
  } catch (error) {
    carrier.destroy()
    throw error
  }
  const ready = client as Client | undefined
  if (!ready) throw new Error('node-ssh is connected without a connection')
  return {
    client: ready,
    closed,
    lost: () => reason,
    close(why = 'closed') {
      if (closedFor !== undefined) {
        carrier.destroy()
        return
      }
      closedFor = why
      ready.end()
      // Its last words are on their way: whether the host has heard them is worth no round trip.
      if (carrier instanceof Socket) carrier.destroySoon()
      const timer = setTimeout(() => carrier.destroy(), GOODBYE_MS)
      void closed.then(() => clearTimeout(timer))
    },
  }
}
