import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Stands before a server, passes bytes on, and can be made to fail. */
export async function faultyProxy(address, port, toPort) {
  const pairs = new Set()
  let slowMs = 0
  let isDown = false
  const server = createServer({ noDelay: true }, (near) => {
    near.on('error', () => {})
    if (isDown) return near.resetAndDestroy()
    const far = connect({ host: address, port: toPort, noDelay: true })
    const pair = { near, far, isFrozen: false }
    pairs.add(pair)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.on('data', (chunk) => pass(pair, from, to, chunk))
      from.on('end', () => pair.isFrozen || to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        pairs.delete(pair)
        if (!pair.isFrozen) to.destroySoon()
      })
    }
  })
  server.listen(port, address)
  await once(server, 'listening')

  function pass(pair, from, to, chunk) {
    if (pair.isFrozen) return
    const write = () => {
      if (!pair.isFrozen && !to.destroyed && !to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    }
    if (slowMs === 0) return write()
    from.pause()
    setTimeout(() => {
      write()
      if (!pair.isFrozen) from.resume()
    }, slowMs)
  }

  return {
    /** Ends every connection: `reset`, `close` (with a FIN), or `freeze`: nothing passes any more and nobody is told. */
    cut(how) {
      for (const pair of pairs) {
        if (how === 'freeze') pair.isFrozen = true
        else if (how === 'reset') for (const socket of [pair.near, pair.far]) socket.resetAndDestroy()
        else for (const socket of [pair.near, pair.far]) socket.destroy()
      }
    },
    /** Each piece waits so long from now on. */
    slow(ms) {
      slowMs = ms
    },
    /** Whoever connects is reset. */
    down(down) {
      isDown = down
    },
    heal() {
      slowMs = 0
      isDown = false
      for (const pair of pairs)
        if (pair.isFrozen) for (const socket of [pair.near, pair.far]) socket.destroy()
    },
    close() {
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy()
      server.close()
    },
  }
}
