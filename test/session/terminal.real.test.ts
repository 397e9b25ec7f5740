import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openSession } from '../../src/session/index.ts'
import { localSession } from '../../src/session/local.ts'
import { Secret, sh, shellLine } from '../../src/shell/index.ts'
import { hostOf, settingsFor, sshHost } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { gather, lives, openFolder, pidsIn, sessionWith, startClient } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { makeSudoer, type Sudoer } from '../support/sudoers.ts'

const terminal = { columns: 123, rows: 45, type: 'xterm-256color' }

describeWith(['/usr/sbin/sshd'], 'a command at a terminal', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())

  test('has one, of the size and kind that is asked for', async () => {
    const { stdout, stderr, outcome } = await gather(
      await sessionWith(sshd),
      shellLine('tty; test -t 0 && test -t 1 && test -t 2 && stty size </dev/tty; echo $TERM; exit 3'),
      { terminal },
    )
    expect(stdout).toMatch(/^\/dev\/pts\/\d+\n45 123\nxterm-256color\n$/)
    expect({ stderr, outcome }).toEqual({ stderr: '', outcome: { type: 'exited', code: 3 } })
  })

  test('stdout and stderr are one stream, in their order, with plain newlines', async () => {
    const { stdout } = await gather(
      await sessionWith(sshd),
      shellLine('for i in 1 2 3; do echo out $i; echo err $i >&2; done'),
      { terminal },
    )
    expect(stdout).toBe('out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n')
  })

  test('nothing that is sent comes back: secrets, input, long scripts', async () => {
    const secret = new Secret("hush\nit's\u0003 \u0004 secret")
    const long = '#'.repeat(40_000)
    const { stdout } = await gather(
      await sessionWith(sshd),
      sh`test -t 1 && printf %s ${secret} | md5sum; cat
: ${long}`,
      { terminal, stdin: 'typed\u0003\u0004\r\n', env: { A: new Secret('other') } },
    )
    expect(stdout).toMatch(/^[0-9a-f]{32} {2}-\ntyped\u0003\u0004\r\n$/)
  })

  test('input of any bytes and size arrives as it is', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 256))
    const { createHash } = await import('node:crypto')
    const { stdout } = await gather(await sessionWith(sshd), shellLine('sha256sum'), {
      terminal,
      stdin: bytes,
    })
    expect(stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\n`)
  })

  test('a command that has ended is over at once', async () => {
    const open = await sessionWith(sshd)
    await gather(open, shellLine('true'), { terminal })
    const since = performance.now()
    for (let n = 0; n < 5; n++) await gather(open, shellLine('true'), { terminal })
    expect(performance.now() - since).toBeLessThan(2500)
  })

  const SAMPLES = {
    'a shell with a child': 'echo $$ >>PIDS; sleep 600 & echo $! >>PIDS; wait',
    'one that ignores TERM and HUP': `trap '' TERM HUP; echo $$ >>PIDS; sh -c 'echo $$ >>PIDS; sleep 600; :'; sleep 600`,
    'a program in place of the shell, with a deaf child': `sh -c 'trap "" HUP TERM; echo $$ >>PIDS; sleep 600; :' & sleep 0.1; echo $$ >>PIDS; exec cat`,
  }

  describe.each(Object.entries(SAMPLES))('%s', (_, line) => {
    test('is ended when it is cancelled, and that is told', async () => {
      const file = join(openFolder(), 'pids')
      const open = await openSession(hostOf(sshd), settingsFor(sshd))
      onTestFinished(() => open.close())
      const abort = new AbortController()
      const ended = gather(open, shellLine(line.replaceAll('PIDS', file)), { terminal, signal: abort.signal })
      const pids = await pidsIn(file, 2)
      abort.abort()
      expect((await ended).outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
      expect(pids.filter(lives)).toEqual([])
    })
  })

  test('all are gone when we are killed', async () => {
    const folder = openFolder()
    const lines = Object.values(SAMPLES)
    const file = (at: number) => join(folder, String(at))
    const orders = [...lines, lines[1] ?? ''].map((line, at) => ({
      line: line.replaceAll('PIDS', file(at)),
      terminal,
      stdin: at < lines.length ? undefined : ('open' as const),
    }))
    const client = startClient(hostOf(sshd), settingsFor(sshd), orders)
    const pids = (await Promise.all(orders.map((_, at) => pidsIn(file(at), 2)))).flat()
    client.kill('SIGKILL')
    await client.gone
    await expect.poll(() => pids.filter(lives), { timeout: 20_000 }).toEqual([])
  })

  test('with input that it does not read, it is ended when it is cancelled', async () => {
    const file = join(openFolder(), 'pids')
    const open = await openSession(hostOf(sshd), settingsFor(sshd))
    onTestFinished(() => open.close())
    const abort = new AbortController()
    const stdin = new PassThrough()
    stdin.write(Buffer.alloc(5_000_000))
    const ended = gather(open, shellLine(`echo $$ >>${file}; sleep 600`), {
      terminal,
      stdin,
      signal: abort.signal,
    })
    const pids = await pidsIn(file, 1)
    abort.abort()
    expect((await ended).outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    expect(pids.filter(lives)).toEqual([])
  })

  test('where the host gives none, the error says so', async () => {
    const closed = await startSshd({ config: ['PermitTTY no'] })
    onTestFinished(() => closed.stop())
    await expect((await sessionWith(closed)).exec(shellLine('tty'), { terminal })).rejects.toMatchObject({
      message: `${closed.address}:${closed.port}: the host gives no terminal, and the command asks for one (pty)`,
      code: 'task',
    })
  })

  test('there is none on this machine', async () => {
    await expect(localSession().exec(shellLine('tty'), { terminal })).rejects.toThrow(/^local: a terminal/)
  })
})

describeWith(['/usr/sbin/sshd', 'root', 'sudo'], 'sudo at a terminal', () => {
  let sshd: Sshd
  let user: Sudoer
  beforeAll(async () => {
    sshd = await startSshd()
    user = makeSudoer(sshd)
  })
  afterAll(async () => {
    user.remove()
    await sshd.stop()
  })
  const RULE = 'USER ALL=(ALL:ALL) NOPASSWD: ALL'

  describe.each([
    ['', RULE],
    [', with use_pty', RULE, 'Defaults:USER use_pty'],
    [', with requiretty', RULE, 'Defaults:USER requiretty'],
  ])('%s', (_, ...lines) => {
    test('has one, and the command is root', async () => {
      user.allow(...lines)
      const { stdout } = await gather(
        await sessionWith(sshd, { user: user.name }),
        sh`tty; test -t 1; echo $?; id -un; printf %s ${new Secret('hush')} | wc -c`,
        { terminal, sudo: true },
      )
      expect(stdout).toMatch(/^\/dev\/pts\/\d+\n0\nroot\n4\n$/)
    })

    test('ends when it is cancelled, and when we are killed', async () => {
      user.allow(...lines)
      const folder = openFolder()
      const host = sshHost(`${user.name}@${sshd.address}:${sshd.port}`)
      const line = (file: string) => `trap '' HUP; echo $$ >>${file}; sleep 600 & echo $! >>${file}; wait`
      const open = await openSession(host, settingsFor(sshd))
      onTestFinished(() => open.close())
      const abort = new AbortController()
      const ended = gather(open, shellLine(line(join(folder, '1'))), {
        terminal,
        sudo: true,
        signal: abort.signal,
      })
      const first = await pidsIn(join(folder, '1'), 2)
      abort.abort()
      expect((await ended).outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
      expect(first.filter(lives)).toEqual([])
      const client = startClient(host, settingsFor(sshd), [
        { line: line(join(folder, '2')), terminal, sudo: true },
      ])
      const second = await pidsIn(join(folder, '2'), 2)
      client.kill('SIGKILL')
      await client.gone
      await expect.poll(() => second.filter(lives), { timeout: 20_000 }).toEqual([])
    })
  })

  test('without one, sudo that requires it says so', async () => {
    user.allow(RULE, 'Defaults:USER requiretty')
    await expect(
      (await sessionWith(sshd, { user: user.name })).exec(shellLine('id'), { sudo: true }),
    ).rejects.toMatchObject({ message: expect.stringContaining('sudo does not run this as root') })
  })
})
