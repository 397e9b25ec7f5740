import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shellLine } from '../../../src/shell/index.ts'
import { watchRun } from '../../support/durable-run.ts'
import { describeWith } from '../../support/needs.ts'
import { openFolder, until } from '../../support/sessions.ts'
import { type RestartableSshd, startSshd } from '../../support/sshd.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'

/** Prints so many lines on both streams, with characters of several bytes, and then one more when a file is there. */
const counting = (count: number, gate: string) =>
  shellLine(
    `i=0; while [ $i -lt ${count} ]; do echo "größe→ $i"; echo "fehler✗ $i" >&2; i=$((i+1)); done
until [ -e ${gate} ]; do sleep 0.05; done; echo last; echo last >&2`,
  )
const counted = (word: string, count: number) =>
  `${Array.from({ length: count }, (_, at) => `${word} ${at}\n`).join('')}last\n`

describeWith(['/usr/sbin/sshd', 'root', 'flock', 'setsid'], 'a durable command', () => {
  let sshd: RestartableSshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())
  const jobs = () => join(sshd.home, '.local/state/gachette/jobs')

  test('ends as any command: output on both streams, exit code; its job is told before its output', async () => {
    const run = watchRun(sshd, async ({ run }) => {
      const result = await run(shellLine('echo out; echo err >&2; cat; exit 7'), {
        durable: 'plain',
        accept: [7],
        stdin: 'in\n',
      })
      expect(result).toEqual({ exitCode: 7, stdout: 'out\nin\n', stderr: 'err\n' })
    })
    expect((await run.ended).exitCode).toBe(0)
    const told = run.events.filter(({ type }) => /command|job|output/.test(type)).map(({ type }) => type)
    expect(told.slice(0, 2)).toEqual(['command-started', 'job-started'])
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: 'job-started', job: 'plain', joined: false }),
    )
    expect(statSync(join(jobs(), 'plain')).mode & 0o777).toBe(0o700)
  })

  test.each([
    ['reset', 'built-in'],
    ['close', 'built-in'],
    ['freeze', 'built-in'],
    ['reset', 'openssh'],
    ['freeze', 'openssh'],
  ] as const)('goes on through a %s: every byte once (%s)', async (how, client) => {
    const proxy = await tcpProxy(sshd)
    const gate = join(openFolder(), 'gate')
    const run = watchRun(sshd, ({ run }) => run(counting(3000, gate), { durable: `cut-${how}-${client}` }), {
      address: proxy,
      connecting: { keepaliveMs: client === 'openssh' ? 1000 : 200, client },
    })
    await run.seen((event) => event.type === 'output' && /größe→ 1\d\d/.test(run.out()))
    if (how === 'freeze') proxy.freeze()
    else proxy.cut(how)
    await run.seen('reconnecting')
    await run.seen(
      (event) => event.type === 'output' && run.out().includes('2999\n') && run.err().includes('2999\n'),
    )
    writeFileSync(gate, '')
    expect((await run.ended).exitCode).toBe(0)
    expect(run.out()).toBe(counted('größe→', 3000))
    expect(run.err()).toBe(counted('fehler✗', 3000))
    expect(run.events.filter(({ type }) => type === 'job-started')).toHaveLength(1)
  })

  test('goes on while sshd is dead, and is heard again when it is back', async () => {
    const gate = join(openFolder(), 'gate')
    const run = watchRun(sshd, ({ run }) => run(counting(500, gate), { durable: 'sshd' }))
    await run.seen((event) => event.type === 'output' && run.out().includes('größe→ 100\n'))
    await sshd.crash()
    const second = await run.seen((event) => event.type === 'reconnecting' && event.attempt === 2)
    expect(second).toMatchObject({ reason: expect.stringContaining('nothing listens') })
    writeFileSync(gate, '')
    await sshd.restart()
    expect((await run.ended).exitCode).toBe(0)
    expect(run.out()).toBe(counted('größe→', 500))
    expect(run.err()).toBe(counted('fehler✗', 500))
  })

  test('50 MB on both streams, cut at random moments: every byte once', async () => {
    const proxy = await tcpProxy(sshd)
    const noise = (seed: number) =>
      `openssl enc -aes-128-ctr -K ${String(seed).padStart(32, '0')} -iv ${'0'.repeat(32)} -in /dev/zero 2>/dev/null | head -c 25000000 | base64 -w 100`
    const run = watchRun(
      sshd,
      ({ run }) => run(shellLine(`${noise(1)} & ${noise(2)} >&2; wait`), { durable: 'noise' }),
      {
        address: proxy,
      },
    )
    let isOver = false
    let cuts = 0
    void run.ended.then(() => {
      isOver = true
    })
    await run.seen('job-started')
    for (;;) {
      await until(() => isOver || run.connections() > cuts, 'it is connected again', 30_000)
      if (isOver || cuts === 12) break
      await pause(20 + Math.random() * 150)
      proxy.cut(Math.random() < 0.5 ? 'reset' : 'close')
      cuts += 1
    }
    expect((await run.ended).exitCode).toBe(0)
    expect(run.events.filter(({ type }) => type === 'reconnecting').length).toBeGreaterThan(2)
    const folder = join(jobs(), 'noise')
    expect(digest(run.out())).toBe(digest(readFileSync(join(folder, 'said/out'))))
    expect(digest(run.err())).toBe(digest(readFileSync(join(folder, 'said/err'))))
    expect(run.out().length + run.err().length).toBeGreaterThan(50_000_000)
  })
})

const digest = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
