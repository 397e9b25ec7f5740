import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Sshd } from './sshd.ts'
import { loopbackAddress } from './sshd.ts'

/** Something between us and a server that can be made to fail. */
export interface TcpProxy {
  readonly address: string
  readonly port: number
  /** From now on not one byte passes, and nobody is told: a cut cable. */
  freeze(): void
  /** Closes every connection: with a FIN, or a reset. */
  cut(how: 'close' | 'reset'): void
}

/** Passes bytes to and from a server until told otherwise; ends with the test. */
export async function tcpProxy(to: Sshd): Promise<TcpProxy> {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = dial({ host: to.address, port: to.port })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.pipe(other)
      socket.on('error', () => other.destroy())
      socket.on('close', () => open.delete(socket))
    }
  })
  const address = loopbackAddress()
  server.listen(0, address)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return {
    address,
    port: (server.address() as AddressInfo).port,
    freeze() {
      for (const socket of open) socket.unpipe().pause()
    },
    cut(how) {
      for (const socket of open) how === 'reset' ? socket.resetAndDestroy() : socket.destroy()
    },
  }
}
