import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/session/connect.ts'
import { CancelledError } from '../../src/shell/index.ts'
import {
  connected,
  hostOf,
  me,
  outputOf,
  overBothBodies,
  refusalOf,
  settingsFor,
  sshHost,
} from '../support/connecting.ts'
import { loopbackAddress, type Sshd, startSshd } from '../support/sshd.ts'

overBothBodies((client) => {
  let sshd: Sshd

  beforeAll(async () => {
    sshd = await startSshd()
  })

  afterAll(() => sshd.stop())

  /** A TCP server that does this with each connection; ends with the test. */
  async function tcpServer(meet: (socket: Socket) => void): Promise<string> {
    const sockets = new Set<Socket>()
    const server: Server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      meet(socket)
    })
    const address = loopbackAddress()
    await new Promise<void>((listening) => server.listen(0, address, listening))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const bound = server.address()
    if (typeof bound !== 'object' || !bound) throw new Error('no port')
    return `${address}:${bound.port}`
  }

  test('a closed port is an error after three tries, well within 15 s', async () => {
    const address = loopbackAddress()
    const began = performance.now()
    expect(await refusalOf(sshHost(`${address}:9`), settingsFor(sshd))).toEqual({
      code: 'unreachable',
      message: `${address}:9: nothing listens at ${address} port 9`,
      hint: 'tried 3 times',
    })
    expect(performance.now() - began).toBeLessThan(8000)
  })

  test('a port that says nothing is given up after the timeout', async () => {
    const silent = await tcpServer(() => {})
    const began = performance.now()
    const settings = settingsFor(sshd, { timeoutMs: 300, attempts: 2 })
    expect(await refusalOf(sshHost(silent), settings)).toEqual({
      code: 'unreachable',
      message: `${silent}: no answer within 0.3 s`,
      hint: 'tried 2 times',
    })
    expect(performance.now() - began).toBeLessThan(3000)
  })

  test('who waits for long is told for what', async () => {
    const silent = await tcpServer(() => {})
    const warnings: string[] = []
    const warn = (text: string) => void warnings.push(text)
    await refusalOf(sshHost(silent), settingsFor(sshd, { timeoutMs: 1500, attempts: 3, warn }))
    expect(warnings).toEqual([`${silent}: no answer within 1.5 s; attempt 3 of 3 follows`])
  })

  test('a server that dies in the handshake is tried again, then an error', async () => {
    let visits = 0
    const dying = await tcpServer((socket) => {
      visits++
      socket.end('SSH-2.0-OpenSSH_9.2\r\n')
    })
    const refusal = await refusalOf(sshHost(dying), settingsFor(sshd))
    expect(refusal.code).toBe('unreachable')
    expect(refusal.message).toMatch(/: the connection broke during the handshake: /)
    expect(visits).toBe(3)
  })

  test('what a server says instead of SSH is shown without its control characters', async () => {
    let visits = 0
    const web = await tcpServer((socket) => {
      visits++
      socket.end('HTTP/1.1 400 \u001b[2J Bad Request\r\n')
    })
    const refusal = await refusalOf(sshHost(web), settingsFor(sshd))
    expect(refusal.message).toBe(
      `${web}: the host hung up before it said a word of SSH (it said: HTTP/1.1 400 ${client === 'openssh' ? '\\033' : '?'}[2J Bad Request)`,
    )
    expect(refusal.hint).toMatch(/^what listens at 127\S+ port \d+ is no SSH server$/)
    // Nothing gets better by asking such a port again.
    expect(visits).toBe(1)
  })

  test('garbage after the identification is an error, not a crash', async () => {
    const garbage = await tcpServer((socket) =>
      socket.write(`SSH-2.0-x\r\n${'\0\u0001garbage'.repeat(5000)}`),
    )
    const refusal = await refusalOf(sshHost(garbage), settingsFor(sshd, { attempts: 1 }))
    expect(refusal.code).toBe('unreachable')
  })

  test('a name nobody knows is an error at once', async () => {
    const began = performance.now()
    const refusal = await refusalOf(sshHost('nowhere.invalid'), settingsFor(sshd))
    expect(refusal.code).toBe('unreachable')
    expect(refusal.message).toMatch(/^nowhere\.invalid: (there is no host named|no name server answers)/)
    expect(performance.now() - began).toBeLessThan(14_000)
  })

  test('an aborted signal ends the wait for a silent host', async () => {
    const silent = await tcpServer(() => {})
    const began = performance.now()
    await expect(connect(sshHost(silent), settingsFor(sshd), AbortSignal.timeout(100))).rejects.toThrow(
      CancelledError,
    )
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('an aborted signal ends the wait between two tries', async () => {
    const began = performance.now()
    const settings = settingsFor(sshd, { attempts: 50 })
    await expect(
      connect(sshHost(`${loopbackAddress()}:9`), settings, AbortSignal.timeout(1000)),
    ).rejects.toThrow('cancelled while connecting')
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('with a signal that is aborted already nothing is tried', async () => {
    let visits = 0
    const server = await tcpServer(() => {
      visits++
    })
    await expect(connect(sshHost(server), settingsFor(sshd), AbortSignal.abort())).rejects.toThrow(
      CancelledError,
    )
    expect(visits).toBe(0)
  })

  test('an IPv6 address is reached, with its port in brackets', async () => {
    const six = await startSshd({ address: '::1' })
    onTestFinished(() => six.stop())
    const connection = await connected(sshHost(`${me}@[::1]:${six.port}`), settingsFor(six))
    expect(connection.host.name).toBe(`[::1]:${six.port}`)
    expect(await outputOf(connection, 'echo six')).toBe('six\n')
  })

  test('a connection the host closes later ends in `closed`, not in a crash', async () => {
    const connection = await connected(hostOf(sshd), settingsFor(sshd))
    expect(connection.lost()).toBeUndefined()
    // $PPID is the sshd of this session.
    await outputOf(connection, 'kill -KILL $PPID').catch(() => '')
    expect(await connection.closed).toMatch(/closed the connection|ECONNRESET|closed by remote host/)
    expect(connection.lost()).toBe(await connection.closed)
  })

  test('a host that falls silent is noticed within three keepalives', async () => {
    // ssh counts whole seconds: it asks every one.
    const connection = await connected(hostOf(sshd), settingsFor(sshd, { keepaliveMs: 200 }))
    const began = performance.now()
    connection.client.exec('kill -STOP $PPID; sleep 0.2; exec sleep 60', () => {})
    expect(await connection.closed).toMatch(
      client === 'openssh' ? /^Timeout, server \S+ not responding\.$/ : /^Keepalive timeout$/,
    )
    expect(performance.now() - began).toBeLessThan(client === 'openssh' ? 5500 : 3000)
  })

  test('closing twice is harmless, and a host that does not say goodbye is left', async () => {
    const connection = await connected(hostOf(sshd), settingsFor(sshd, { keepaliveMs: 0 }))
    connection.client.exec('kill -STOP $PPID; exec sleep 60', () => {})
    await new Promise((resolve) => setTimeout(resolve, 300))
    connection.close()
    connection.close()
    expect(await connection.closed).toBe('closed')
  })
})
