import { chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SshHost } from '../../src/inventory/index.ts'
import { openSession } from '../../src/session/index.ts'
import { localSession } from '../../src/session/local.ts'
import { shellLine } from '../../src/shell/index.ts'
import { hostOf, overBothBodies, settingsFor, sshHost } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { gather, lives, makeUser, openFolder, pidsIn, startClient, until } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

interface Sample {
  /** The command; it writes the ids of its processes to a file, one per line. */
  readonly line: (pids: string) => string
  readonly count: number
  /** `open`: a stream that says nothing and does not end; a number: so many bytes. */
  readonly stdin?: 'open' | number
}

const SAMPLES: Record<string, Sample> = {
  'a plain command': { line: (pids) => `echo $$ >>${pids}; exec sleep 600`, count: 1 },
  'a shell with children': {
    line: (pids) => `echo $$ >>${pids}; sleep 600 & echo $! >>${pids}; sleep 600 & echo $! >>${pids}; wait`,
    count: 3,
  },
  'one that ignores TERM, with a child that does': {
    line: (pids) => `trap '' TERM; echo $$ >>${pids}; sh -c 'echo $$ >>${pids}; sleep 600; :'; sleep 600`,
    count: 2,
  },
  'a child that ignores TERM, of a shell that does not': {
    line: (pids) => `echo $$ >>${pids}; sh -c 'trap "" TERM; echo $$ >>${pids}; sleep 600; :'; :`,
    count: 2,
  },
  'children in process groups of their own': {
    line: (pids) => `bash -c 'set -m; sleep 600 & echo $! >>${pids}; echo $$ >>${pids}; wait'`,
    count: 2,
  },
  'one that reads stdin': {
    line: (pids) => `sh -c 'echo $$ >>${pids}; exec cat'`,
    count: 1,
    stdin: 'open',
  },
  'one that leaves its stdin unread': {
    line: (pids) => `sh -c 'echo $$ >>${pids}; exec sleep 600'`,
    count: 1,
    stdin: 5_000_000,
  },
}

const BASH_AS_SH = 'mount --bind "$(command -v bash)" "$(readlink -f /bin/sh)" && exec "$@"'
const SHELLS = { dash: [], bash: ['unshare', '-m', 'sh', '-c', BASH_AS_SH, 'sh'] }

overBothBodies(() => {
  describeWith(['/usr/sbin/sshd', 'root', 'unshare', 'bash'], 'a command ends when we do', () => {
    describe.each(['dash', 'bash'] as const)('/bin/sh is %s', (shell) => {
      let sshd: Sshd
      let user: ReturnType<typeof makeUser>
      beforeAll(async () => {
        sshd = await startSshd({ under: SHELLS[shell] })
        user = makeUser(sshd)
      })
      afterAll(async () => {
        user.remove()
        await sshd.stop()
      })

      describe.each(['root', 'a plain user'] as const)('as %s', (who) => {
        const host = () =>
          who === 'root' ? hostOf(sshd) : sshHost(`${user.name}@${sshd.address}:${sshd.port}`)

        test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
          'all processes are gone within 2 s of %s',
          async (signal) => {
            const folder = openFolder()
            const samples = Object.values(SAMPLES)
            const file = (at: number) => join(folder, String(at))
            const orders = samples.map(({ line, stdin }, at) => ({ line: line(file(at)), stdin }))
            // At most four commands run at once on a connection.
            const clients = [orders.slice(0, 3), orders.slice(3)].map((few) =>
              startClient(host(), settingsFor(sshd), few),
            )
            const pids = (await Promise.all(samples.map(({ count }, at) => pidsIn(file(at), count)))).flat()
            expect(pids.filter(lives)).toEqual(pids)
            for (const client of clients) client.kill(signal)
            await until(() => !pids.some(lives), 'all processes gone', 2000)
          },
        )

        test.each(Object.entries(SAMPLES))('cancelling ends %s, and tells so', async (_, sample) => {
          await cancelled(host(), sample, sshd)
        })
      })
    })
  })

  describeWith(['/usr/sbin/sshd', 'root', '/usr/bin/setpriv'], 'a process a plain user may not end', () => {
    test('is told to be running still, by its id', async () => {
      const sshd = await startSshd()
      onTestFinished(() => sshd.stop())
      const user = makeUser(sshd)
      onTestFinished(() => user.remove())
      const folder = openFolder()
      const become = join(folder, 'become')
      copyFileSync('/usr/bin/setpriv', become)
      chmodSync(become, 0o4755)
      const session = await openSession(
        sshHost(`${user.name}@${sshd.address}:${sshd.port}`),
        settingsFor(sshd),
      )
      onTestFinished(() => session.close())
      const asRoot = `${become} --reuid 0 --keep-groups sh -c 'echo $$ >${join(folder, 'pids')}; exec sleep 600'`
      const result = await gather(session, shellLine(`${asRoot}; :`), { timeoutMs: 1000 })
      const [pid = 0] = await pidsIn(join(folder, 'pids'), 1)
      onTestFinished(() => void process.kill(pid, 'SIGKILL'))
      expect(result.outcome).toEqual({
        type: 'timed-out',
        afterMs: 1000,
        remote: { type: 'running', pids: [pid] },
      })
      expect(lives(pid)).toBe(true)
    })
  })

  test('on this machine and on two hosts at once, all is gone within 2 s of SIGKILL', async () => {
    const servers = await Promise.all([startSshd(), startSshd()])
    onTestFinished(async () => void (await Promise.all(servers.map((sshd) => sshd.stop()))))
    const folder = openFolder()
    const targets = [
      ...servers.map((sshd) => ({ host: hostOf(sshd), settings: settingsFor(sshd) })),
      { host: { kind: 'local', name: 'local' } as const, settings: {} },
    ]
    const samples = Object.values(SAMPLES).slice(1, 3)
    const file = (host: number, sample: number) => join(folder, `${host}-${sample}`)
    const clients = targets.map(({ host, settings }, at) =>
      startClient(
        host,
        settings,
        samples.map(({ line }, sample) => ({ line: line(file(at, sample)) })),
      ),
    )
    const pids = await Promise.all(
      targets.flatMap((_, at) => samples.map(({ count }, sample) => pidsIn(file(at, sample), count))),
    )
    for (const client of clients) client.kill('SIGKILL')
    await until(() => !pids.flat().some(lives), 'all processes gone', 2000)
  })
})

test.each(Object.entries(SAMPLES))('on this machine, cancelling ends %s, and tells so', async (_, sample) => {
  await cancelled({ kind: 'local', name: 'local' }, sample)
})

async function cancelled(host: SshHost | { kind: 'local'; name: 'local' }, sample: Sample, sshd?: Sshd) {
  const file = join(openFolder(), 'pids')
  const session = host.kind === 'ssh' && sshd ? await openSession(host, settingsFor(sshd)) : localSession()
  const abort = new AbortController()
  const stdin = sample.stdin === 'open' ? new PassThrough() : sample.stdin && Buffer.alloc(sample.stdin)
  const options = { signal: abort.signal, ...(stdin ? { stdin } : {}) }
  const result = gather(session, shellLine(sample.line(file)), options)
  const pids = await pidsIn(file, sample.count)
  expect(pids.filter(lives)).toEqual(pids)
  const askedAt = performance.now()
  abort.abort()
  expect((await result).outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
  expect(pids.filter(lives)).toEqual([])
  expect(performance.now() - askedAt).toBeLessThan(2500)
  await session.close()
}
