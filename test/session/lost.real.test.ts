import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSession } from '../../src/session/index.ts'
import { sh, shellLine, UnreachableError } from '../../src/shell/index.ts'
import { hostOf, me, overBothBodies, settingsFor, sshHost } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { gather, lives, openFolder, pidsIn, sessionWith, until } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'

overBothBodies((client) => {
  describeWith(['/usr/sbin/sshd', 'root', 'ss'], 'a connection lost in mid-command', () => {
    let sshd: Sshd
    beforeAll(async () => {
      sshd = await startSshd()
    })
    afterAll(() => sshd.stop())

    async function throughProxy(keepaliveMs = 0) {
      const proxy = await tcpProxy(sshd)
      const settings = settingsFor(sshd, { hostKeyPolicy: 'off', keepaliveMs })
      return { proxy, session: await openSession(sshHost(`${me}@${proxy.address}:${proxy.port}`), settings) }
    }

    test.each(['close', 'reset'] as const)(
      'is lost when it is cut by a %s, and its process ends',
      async (how) => {
        const { proxy, session } = await throughProxy()
        const file = join(openFolder(), 'pids')
        let stdout = ''
        const { outcome } = await session.exec(shellLine(`echo $$ >${file}; echo before; sleep 600; :`), {
          onStdout(chunk) {
            stdout += Buffer.from(chunk)
            proxy.cut(how)
          },
        })
        expect(outcome).toMatchObject({ type: 'lost', remote: { type: 'unknown' } })
        expect(stdout).toBe('before\n')
        const [pid = 0] = await pidsIn(file, 1)
        await until(() => !lives(pid), 'the command gone', 2000)
        await session.close()
      },
    )

    test('is lost when the kernel kills it (ss -K)', async () => {
      const session = await sessionWith(sshd)
      const file = join(openFolder(), 'pids')
      const result = gather(session, shellLine(`echo $$ >${file}; sleep 600; :`))
      const [pid = 0] = await pidsIn(file, 1)
      execFileSync('ss', ['-K', 'dst', sshd.address, 'dport', '=', String(sshd.port)], { stdio: 'ignore' })
      expect((await result).outcome).toMatchObject({ type: 'lost' })
      await until(() => !lives(pid), 'the command gone', 2000)
    })

    test('is lost when sshd itself dies', async () => {
      const session = await sessionWith(sshd)
      const result = gather(session, shellLine('kill -s KILL $PPID; sleep 600; :'))
      expect((await result).outcome).toMatchObject({ type: 'lost' })
    })

    test('a host that does not even start what it is asked to keeps nobody waiting who cancels, or whose time is up', async () => {
      const { proxy, session } = await throughProxy()
      await gather(session, sh`true`)
      proxy.freeze()
      const cancelling = new AbortController()
      const result = session.exec(sh`true`, { signal: cancelling.signal })
      const timed = session.exec(sh`true`, { timeoutMs: 500 })
      await new Promise((resolve) => setImmediate(resolve))
      cancelling.abort()
      expect((await result).outcome).toEqual({ type: 'cancelled', remote: { type: 'unknown' } })
      expect((await timed).outcome).toMatchObject({ type: 'timed-out', remote: { type: 'unknown' } })
      await session.close()
    }, 30_000)

    test('is lost within three keepalives when it is cut in silence', async () => {
      // ssh counts whole seconds.
      const keepaliveMs = client === 'openssh' ? 1000 : 300
      const { proxy, session } = await throughProxy(keepaliveMs)
      const result = gather(session, shellLine('echo started; sleep 600; :'), {
        onStdout: () => proxy.freeze(),
      })
      const startedAt = performance.now()
      expect((await result).outcome).toMatchObject({ type: 'lost', remote: { type: 'unknown' } })
      expect(performance.now() - startedAt).toBeLessThan(keepaliveMs * 5 + 500)
      await session.close()
    })

    test('is lost for all that runs on it, also while a reader holds it back', async () => {
      const { proxy, session } = await throughProxy()
      let bytes = 0
      const lines = sh`head -c 3000000 /dev/zero; sleep 600`
      const slow = session.exec(lines, {
        async onStdout(chunk) {
          bytes += chunk.length
          await new Promise((resolve) => setTimeout(resolve, 5))
        },
      })
      const others = [
        gather(session, sh`sleep 600`),
        gather(session, sh`cat`, { stdin: Buffer.alloc(9_000_000) }),
      ]
      await until(() => bytes > 0, 'output')
      proxy.cut('reset')
      expect((await slow).outcome.type).toBe('lost')
      for (const other of others) expect((await other).outcome.type).toBe('lost')
      await session.close()
    })

    test('cancelling across a silent cut answers in time: nobody knows what became of it', async () => {
      const { proxy, session } = await throughProxy()
      const abort = new AbortController()
      const result = gather(session, shellLine('echo started; sleep 600; :'), {
        signal: abort.signal,
        onStdout: () => {
          proxy.freeze()
          abort.abort()
        },
      })
      expect((await result).outcome).toEqual({ type: 'cancelled', remote: { type: 'unknown' } })
      await session.close()
    })

    test('leaves nothing to run on: the next command is refused as unreachable', async () => {
      const { proxy, session } = await throughProxy()
      const running = gather(session, sh`sleep 600`)
      await gather(session, sh`true`)
      proxy.cut('close')
      await running
      const file = join(openFolder(), 'ran')
      await expect(session.exec(sh`touch ${file}`)).rejects.toThrow(UnreachableError)
      await session.close()
      await session.close()
    })
  })

  describeWith(['/usr/sbin/sshd', 'root'], 'a host that takes one session at a time', () => {
    let sshd: Sshd
    beforeAll(async () => {
      sshd = await startSshd({ config: ['MaxSessions 1'] })
    })
    afterAll(() => sshd.stop())

    test('runs all commands, each once', async () => {
      const session = await openSession(hostOf(sshd), settingsFor(sshd))
      const file = join(openFolder(), 'ran')
      await Promise.all(Array.from({ length: 20 }, (_, at) => session.exec(sh`echo ${at} >>${file}`)))
      const { stdout } = await gather(session, sh`sort -n ${file}`)
      expect(stdout).toBe(Array.from({ length: 20 }, (_, at) => `${at}\n`).join(''))
      await session.close()
    })

    test('loses its connection rather than leave a command stuck behind unread input', async () => {
      const session = await openSession(hostOf(sshd), settingsFor(sshd))
      const file = join(openFolder(), 'pids')
      const result = gather(session, shellLine(`sh -c 'echo $$ >${file}; exec sleep 600'`), {
        stdin: Buffer.alloc(9_000_000),
        timeoutMs: 500,
      })
      const [pid = 0] = await pidsIn(file, 1)
      expect((await result).outcome).toEqual({ type: 'timed-out', afterMs: 500, remote: { type: 'unknown' } })
      await until(() => !lives(pid), 'the command gone', 2000)
      await expect(session.exec(sh`true`)).rejects.toThrow(
        /no longer connected \(closed to end a command: the host has no room for the session that would end it alone\)$/,
      )
      await session.close()
    })
  })
})
