import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { cancelJob, jobState, listJobs } from '../../../src/session/job/index.ts'
import { Secret, sh, shellLine } from '../../../src/shell/index.ts'
import { type WatchedRun, watchRun } from '../../support/durable-run.ts'
import { describeWith } from '../../support/needs.ts'
import { remoteProcesses } from '../../support/remote-processes.ts'
import { lives, makeUser, openFolder, pidsIn, sessionWith, until } from '../../support/sessions.ts'
import { type RestartableSshd, startSshd } from '../../support/sshd.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'

/** Writes the pids of itself and of a child, both deaf to TERM, says that it runs, and waits. */
const deaf = (file: string) =>
  shellLine(`trap '' TERM; sleep 600 & echo $! >>${file}; echo $$ >>${file}; echo runs; wait`)

describeWith(['/usr/sbin/sshd', 'root', 'flock', 'setsid', 'mount'], 'the end of a durable command', () => {
  let sshd: RestartableSshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())
  const jobs = () => join(sshd.home, '.local/state/gachette/jobs')
  const runs = (run: WatchedRun) =>
    run.seen((event) => event.type === 'output' && event.text.includes('runs'))
  const outcomeOf = async (run: WatchedRun) => (await run.ended).steps[0]?.outcome
  const lead = (name: string) => Number(readFileSync(join(jobs(), name, 'state'), 'utf8').split(' ')[1])

  test.each([0, 1, 137, 255])('exit code %d arrives', async (code) => {
    const run = watchRun(sshd, ({ run }) => run(shellLine(`exit ${code}`), { durable: true, accept: [code] }))
    expect((await run.ended).exitCode).toBe(0)
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: 'command-ended', outcome: { type: 'exited', code } }),
    )
  })

  test.each(['built-in', 'openssh'] as const)(
    'cancelling ends it with all its children, also those deaf to TERM, and says so (%s)',
    async (client) => {
      const file = join(openFolder(), 'pids')
      const run = watchRun(sshd, ({ run }) => run(deaf(file), { durable: 'deaf' }), {
        connecting: { client },
      })
      await runs(run)
      run.cancel()
      expect(await outcomeOf(run)).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
      for (const pid of await pidsIn(file, 2)) expect(lives(pid)).toBe(false)
      expect(lives(lead('deaf'))).toBe(false)
      await until(() => remoteProcesses(sshd).length === 0, 'nothing is left')
    },
  )

  test('what it says when it is being ended is heard, once', async () => {
    const line = `trap 'echo tidied; echo so >&2; exit 3' TERM; echo runs; while :; do sleep 0.05; done`
    const run = watchRun(sshd, ({ run }) => run(shellLine(line), { durable: 'tidy' }))
    await runs(run)
    run.cancel()
    expect(await outcomeOf(run)).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    expect(run.out()).toBe('runs\ntidied\n')
    // The first may be its shell's, of what it waited for.
    expect(run.err()).toMatch(/^(Terminated\n)?so\n$/)
  })

  test('cancelling while the connection is lost ends it as soon as there is one', async () => {
    const proxy = await tcpProxy(sshd)
    const file = join(openFolder(), 'pids')
    const run = watchRun(sshd, ({ run }) => run(deaf(file), { durable: 'lost' }), { address: proxy })
    await runs(run)
    proxy.cut('reset')
    await run.seen('reconnecting')
    run.cancel()
    expect(await outcomeOf(run)).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    for (const pid of await pidsIn(file, 2)) expect(lives(pid)).toBe(false)
  })

  test('where it cannot be ended because the host is gone, nobody knows', async () => {
    const other = await startSshd()
    onTestFinished(() => other.stop())
    const file = join(openFolder(), 'pids')
    const run = watchRun(other, ({ run }) => run(deaf(file), { durable: 'away' }))
    await runs(run)
    const pids = await pidsIn(file, 2)
    await other.crash()
    await run.seen('reconnecting')
    run.cancel()
    expect(await outcomeOf(run)).toEqual({ type: 'cancelled', remote: { type: 'unknown' } })
    for (const pid of pids) expect(lives(pid)).toBe(true)
    for (const pid of pids) process.kill(pid, 'SIGKILL')
  })

  test('its time runs on while the connection is lost', async () => {
    const proxy = await tcpProxy(sshd)
    const file = join(openFolder(), 'pids')
    const run = watchRun(sshd, ({ run }) => run(deaf(file), { durable: 'slow', timeoutMs: 2500 }), {
      address: proxy,
    })
    await runs(run)
    proxy.cut('close')
    expect(await outcomeOf(run)).toMatchObject({
      type: 'timed-out',
      afterMs: 2500,
      remote: { type: 'ended' },
    })
    for (const pid of await pidsIn(file, 2)) expect(lives(pid)).toBe(false)
  })

  test('when a host is sought in vain it is lost, goes on, and is found again under its name', async () => {
    const proxy = await tcpProxy(sshd)
    const gate = join(openFolder(), 'gate')
    const line = `echo runs; until [ -e ${gate} ]; do sleep 0.05; done; echo over`
    const first = watchRun(sshd, ({ run }) => run(shellLine(line), { durable: 'found' }), {
      address: proxy,
      reconnectMs: 0,
      run: 'run-1',
    })
    await runs(first)
    proxy.cut('reset')
    expect(await outcomeOf(first)).toMatchObject({
      type: 'lost',
      remote: { type: 'unknown' },
      hint: expect.stringContaining('gachette attach run-1'),
    })
    const joined = watchRun(sshd, ({ run }) => run(shellLine('exit 9'), { durable: 'found' }), {
      run: 'run-2',
    })
    await runs(joined)
    writeFileSync(gate, '')
    expect((await joined.ended).exitCode).toBe(0)
    expect(joined.out()).toBe('runs\nover\n')
    expect(joined.events).toContainEqual(
      expect.objectContaining({
        type: 'job-started',
        joined: true,
        startedBy: 'run-1',
        since: expect.stringMatching(/^20.*Z$/),
      }),
    )
    // The run that started it hears it from its first byte, though it is over; another one starts anew.
    const again = watchRun(sshd, ({ run }) => run(shellLine('exit 9'), { durable: 'found' }), {
      run: 'run-1',
    })
    expect((await again.ended).exitCode).toBe(0)
    expect(again.out()).toBe('runs\nover\n')
    const other = watchRun(sshd, ({ run }) => run(shellLine('echo new'), { durable: 'found' }), {
      run: 'run-3',
    })
    expect((await other.ended).exitCode).toBe(0)
    expect(other.out()).toBe('new\n')
  })

  test('one run may use a name twice, one after the other', async () => {
    const run = watchRun(sshd, async ({ run }) => {
      await run(shellLine('echo one'), { durable: 'twice' })
      await run(shellLine('echo two'), { durable: 'twice' })
    })
    expect((await run.ended).exitCode).toBe(0)
    expect(run.out()).toBe('one\ntwo\n')
  })

  test('who joined it does not end it, and who started it does not end it for who joined', async () => {
    const gate = join(openFolder(), 'gate')
    const line = `echo runs; until [ -e ${gate} ]; do sleep 0.05; done; echo over`
    const start = (run: string) =>
      watchRun(sshd, ({ run }) => run(shellLine(line), { durable: 'shared' }), { run })
    const owner = start('owner')
    await runs(owner)
    const [leaver, stayer] = [start('leaver'), start('stayer')]
    await Promise.all([runs(leaver), runs(stayer)])
    leaver.cancel()
    expect(await outcomeOf(leaver)).toEqual({
      type: 'cancelled',
      remote: { type: 'running', pids: [lead('shared')] },
    })
    owner.cancel()
    expect(await outcomeOf(owner)).toEqual({
      type: 'cancelled',
      remote: { type: 'running', pids: [lead('shared')] },
    })
    expect(owner.events).toContainEqual(
      expect.objectContaining({ type: 'log', text: 'the job shared goes on: other runs have a part in it' }),
    )
    writeFileSync(gate, '')
    expect((await stayer.ended).exitCode).toBe(0)
    expect(stayer.out()).toBe('runs\nover\n')
  })

  test('the last one ends it, when the one that started it has gone', async () => {
    const file = join(openFolder(), 'pids')
    const start = (run: string) =>
      watchRun(sshd, ({ run }) => run(deaf(file), { durable: 'passed-on' }), { run })
    const owner = start('owner')
    await runs(owner)
    const heir = start('heir')
    await runs(heir)
    owner.cancel()
    expect(await outcomeOf(owner)).toMatchObject({ remote: { type: 'running' } })
    heir.cancel()
    expect(await outcomeOf(heir)).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    for (const pid of await pidsIn(file, 2)) expect(lives(pid)).toBe(false)
  })

  test('when its leading shell is killed it is over, and nothing of it is left', async () => {
    const file = join(openFolder(), 'pids')
    const run = watchRun(sshd, ({ run }) => run(deaf(file), { durable: 'shot' }))
    await runs(run)
    const [child = 0] = await pidsIn(file, 2)
    process.kill(lead('shot'), 'SIGKILL')
    expect(await outcomeOf(run)).toMatchObject({ type: 'signalled', signal: 'SIGKILL' })
    expect(lives(child)).toBe(false)
    await until(() => remoteProcesses(sshd).length === 0, 'nothing is left')
  })

  test('a reboot in between is said', async () => {
    const proxy = await tcpProxy(sshd)
    const file = join(openFolder(), 'pids')
    const run = watchRun(sshd, ({ run }) => run(deaf(file), { durable: 'reboot' }), { address: proxy })
    await runs(run)
    await sshd.crash()
    for (const pid of [...(await pidsIn(file, 2)), lead('reboot')]) process.kill(pid, 'SIGKILL')
    // The machine has another boot id than the one the job was started under.
    const about = join(jobs(), 'reboot/about')
    const lines = readFileSync(about, 'utf8').split('\n')
    writeFileSync(about, [lines[0], lines[1], '00000000-0000-4000-8000-000000000000', ''].join('\n'))
    await sshd.restart()
    expect(await outcomeOf(run)).toMatchObject({
      type: 'lost',
      remote: { type: 'ended' },
      message: expect.stringContaining('the machine was switched off or rebooted'),
    })
  })

  test('secrets reach it, and are neither on the disk nor in an argument', async () => {
    const secret = new Secret(`it's "$HOME" \\n two\nlines ${Math.random()}`)
    const gate = join(openFolder(), 'gate')
    const run = watchRun(sshd, ({ run }) =>
      run(
        sh`printf %s ${secret} | sha256sum; printf %s "$TOKEN" | sha256sum; sha256sum; echo runs
until [ -e ${gate} ]; do sleep 0.05; done`,
        { durable: 'secret', env: { TOKEN: secret }, stdin: secret },
      ),
    )
    await runs(run)
    const needle = secret.reveal().slice(-12)
    expect(grep(needle, ['-r', jobs()])).toBe('')
    for (const pid of remoteProcesses(sshd))
      expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(needle)
    writeFileSync(gate, '')
    expect((await run.ended).exitCode).toBe(0)
    const [one, ...others] = run.out().split('\n')
    expect(one).toBe(`${execFileSync('sha256sum', { input: secret.reveal(), encoding: 'utf8' }).trim()}`)
    expect(others).toEqual([one, one, 'runs', ''])
  })

  test('on a full disk nothing is started, and it is said', async () => {
    const home = mkdtempSync(join(tmpdir(), 'gachette-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', home])
    onTestFinished(() => {
      execFileSync('umount', ['-l', home])
      rmSync(home, { recursive: true })
    })
    mkdirSync(join(home, 'gachette/jobs'), { recursive: true })
    const full = await startSshd({ config: [`SetEnv XDG_STATE_HOME=${home} HOME=/`] })
    onTestFinished(() => full.stop())
    const file = join(openFolder(), 'ran')
    const run = watchRun(full, ({ run }) =>
      run(sh`touch ${file}`, { durable: 'full', stdin: Buffer.alloc(200_000) }),
    )
    expect(await outcomeOf(run)).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(
        /the folder of a durable job cannot be written: .*gachette\/jobs\/.* \(\d+ KiB free\)$/,
      ),
      hint: 'make room on that disk; nothing was started',
    })
    expect(existsSync(file)).toBe(false)
    expect(readdirSync(join(home, 'gachette/jobs'))).toEqual([])
  })

  test('a user without a home has a folder in /var/tmp, or is told', async () => {
    const homeless = await startSshd({ config: ['SetEnv HOME=/nonexistent'] })
    const user = makeUser(homeless)
    const uid = execFileSync('id', ['-u', user.name], { encoding: 'utf8' }).trim()
    const folder = `/var/tmp/gachette-${uid}`
    onTestFinished(async () => {
      await homeless.stop()
      user.remove()
      rmSync(folder, { recursive: true, force: true })
    })
    const start = () =>
      watchRun(homeless, ({ run }) => run(shellLine('echo runs'), { durable: 'x' }), { user: user.name })
    // Somebody else was there first.
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    expect(await outcomeOf(start())).toMatchObject({
      type: 'failed',
      message: expect.stringContaining('cannot be made: /nonexistent/.local/state/gachette/jobs'),
    })
    rmSync(folder, { recursive: true })
    expect(await outcomeOf(start())).toEqual({ type: 'done' })
    expect(readdirSync(`${folder}/jobs`)).toContain('x')
    expect(existsSync('/nonexistent')).toBe(false)
  })

  test('a session lists them, looks at one, and ends one', async () => {
    const file = join(openFolder(), 'pids')
    const run = watchRun(sshd, ({ run }) => run(deaf(file), { durable: 'listed' }), { run: 'lister' })
    await runs(run)
    const session = await sessionWith(sshd)
    const state = await jobState(session, 'listed')
    expect(state).toMatchObject({
      name: 'listed',
      run: 'lister',
      state: { type: 'running', pid: lead('listed') },
    })
    expect(await listJobs(session)).toContainEqual(state)
    expect(await cancelJob(session, { job: 'listed', run: 'somebody' })).toEqual({
      type: 'left',
      pid: lead('listed'),
    })
    expect(await cancelJob(session, { job: 'listed', run: 'lister' })).toEqual({
      type: 'cancelled',
      remote: { type: 'ended' },
    })
    for (const pid of await pidsIn(file, 2)) expect(lives(pid)).toBe(false)
    expect(await outcomeOf(run)).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    expect((await jobState(session, 'listed'))?.state).toEqual({ type: 'cancelled', by: 'lister' })
    expect(await cancelJob(session, { job: 'listed', run: 'lister' })).toEqual({
      type: 'over',
      end: { type: 'cancelled', by: 'lister' },
    })
    expect(await jobState(session, 'no-such-job')).toBeUndefined()
    expect(await cancelJob(session, { job: 'no-such-job', run: 'lister' })).toEqual({
      type: 'over',
      end: { type: 'gone' },
    })
  })
})

function grep(text: string, where: readonly string[]): string {
  try {
    return execFileSync('grep', ['-F', text, ...where], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
