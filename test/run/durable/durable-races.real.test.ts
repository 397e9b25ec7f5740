import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type CommandValue, sh, shellLine } from '../../../src/shell/index.ts'
import { type WatchedRun, watchRun } from '../../support/durable-run.ts'
import { describeWith } from '../../support/needs.ts'
import { remoteProcesses } from '../../support/remote-processes.ts'
import { lives, openFolder, pidsIn, until } from '../../support/sessions.ts'
import { type RestartableSshd, startSshd } from '../../support/sshd.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'

describeWith(
  ['/usr/sbin/sshd', 'root', 'flock', 'setsid', 'bash'],
  'durable commands in each other’s way',
  () => {
    let sshd: RestartableSshd
    beforeAll(async () => {
      sshd = await startSshd()
    })
    afterAll(() => sshd.stop())
    const jobs = () => join(sshd.home, '.local/state/gachette/jobs')
    const stateOf = (name: string) => readFileSync(join(jobs(), name, 'state'), 'utf8').trim()
    const runs = (run: WatchedRun) =>
      run.seen((event) => event.type === 'output' && event.text.includes('runs'))
    const outcomeOf = async (run: WatchedRun) => (await run.ended).steps[0]?.outcome
    const gated = (gate: CommandValue) => sh`echo runs; until [ -e ${gate} ]; do sleep 0.05; done; echo over`

    test('who joined a job has a part in it still, when the connection was lost meanwhile', async () => {
      const proxy = await tcpProxy(sshd)
      const gate = join(openFolder(), 'gate')
      const start = (run: string, address?: typeof proxy) =>
        watchRun(sshd, ({ run }) => run(gated(gate), { durable: 'rejoined' }), {
          run,
          ...(address && { address }),
        })
      const owner = start('owner')
      await runs(owner)
      const friend = start('friend', proxy)
      await runs(friend)
      proxy.cut('reset')
      await friend.seen('reconnecting')
      await friend.seen((event) => event.type === 'host-connected' && friend.connections() === 2)
      await until(() => holds(join(jobs(), 'rejoined/joined')), 'it has joined again')
      owner.cancel()
      expect(await outcomeOf(owner)).toMatchObject({ type: 'cancelled', remote: { type: 'running' } })
      writeFileSync(gate, '')
      expect((await friend.ended).exitCode).toBe(0)
      expect(friend.out()).toBe('runs\nover\n')
    })

    test('who still reads a job that has ended hears it to its end, and does no harm to the next one of its name', async () => {
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const slow = watchRun(
        sshd,
        ({ run }) => run(sh`seq 1000000; echo last; exit 3`, { durable: 'replaced', accept: [3] }),
        { run: 'slow', onEvent: (event) => (event.type === 'output' ? released : undefined) },
      )
      await slow.seen('job-started')
      await until(() => stateOf('replaced') === 'exited 3', 'it has ended')
      const gate = join(openFolder(), 'gate')
      const next = watchRun(sshd, ({ run }) => run(gated(gate), { durable: 'replaced' }), { run: 'next' })
      await runs(next)
      release()
      expect((await slow.ended).exitCode).toBe(0)
      expect(slow.out().slice(-20)).toBe('\n999999\n1000000\nlast\n'.slice(-20))
      expect(slow.out()).toHaveLength(6888896 + 5)
      expect(slow.events).toContainEqual(
        expect.objectContaining({ type: 'command-ended', outcome: { type: 'exited', code: 3 } }),
      )
      writeFileSync(gate, '')
      expect(await outcomeOf(next)).toEqual({ type: 'done' })
      expect(next.out()).toBe('runs\nover\n')
    })

    test('what is printed while the far side is held up is heard, whatever else happens in the folder of the job', async () => {
      const gate = join(openFolder(), 'gate')
      const start = (run: string) =>
        watchRun(sshd, ({ run }) => run(gated(gate), { durable: 'held-up' }), { run })
      const owner = start('owner')
      await runs(owner)
      const tails = () => remoteProcesses(sshd).filter((pid) => nameOf(pid) === 'tail')
      await until(() => tails().length === 2, 'both streams are read')
      const held = tails()
      for (const pid of held) process.kill(pid, 'SIGSTOP')
      onTestFinished(() => {
        for (const pid of held.filter(lives)) process.kill(pid, 'SIGCONT')
      })
      const friend = start('friend')
      await runs(friend)
      writeFileSync(gate, '')
      expect((await friend.ended).exitCode).toBe(0)
      await until(() => stateOf('held-up') === 'exited 0', 'it has ended')
      for (const pid of held) process.kill(pid, 'SIGCONT')
      expect((await owner.ended).exitCode).toBe(0)
      expect(owner.out()).toBe('runs\nover\n')
    })
    const nameOf = (pid: number): string => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
      } catch {
        return ''
      }
    }

    test('what a login shell says is none of its output, on no connection', async () => {
      const noisy = await startSshd()
      onTestFinished(() => noisy.stop())
      writeFileSync(
        join(noisy.home, '.bashrc'),
        'echo "Welcome to this machine"; echo "no such locale" >&2\n',
      )
      const proxy = await tcpProxy(noisy)
      const gate = join(openFolder(), 'gate')
      const run = watchRun(
        noisy,
        ({ run }) =>
          run(sh`echo out 1; echo err 1 >&2; ${gated(gate)}; echo err 2 >&2`, { durable: 'noise' }),
        { address: proxy },
      )
      await runs(run)
      proxy.cut('close')
      await run.seen('reconnecting')
      writeFileSync(gate, '')
      expect((await run.ended).exitCode).toBe(0)
      expect(run.out()).toBe('out 1\nruns\nover\n')
      expect(run.err()).toBe('err 1\nerr 2\n')
    })

    test('what it reads is nowhere on the disk by name, once it runs', async () => {
      const gate = join(openFolder(), 'gate')
      const run = watchRun(sshd, ({ run }) =>
        run(sh`cat; ${gated(gate)}`, { durable: 'reads', stdin: '--index-url https://u:pass@host/\n' }),
      )
      await runs(run)
      expect(readdirSync(join(jobs(), 'reads'))).not.toContain('in')
      writeFileSync(gate, '')
      expect(await outcomeOf(run)).toEqual({ type: 'done' })
      expect(run.out()).toBe('--index-url https://u:pass@host/\nruns\nover\n')
    })

    test.each(['reset', 'freeze'] as const)(
      'whose input is cut off by a %s is not begun, and leaves nothing; a stream is not sent by halves',
      async (how) => {
        const proxy = await tcpProxy(sshd)
        const file = join(openFolder(), 'ran')
        const stdin = new PassThrough()
        stdin.write('first half\n')
        const name = `half-${how}`
        const run = watchRun(sshd, ({ run }) => run(sh`cat >${file}`, { durable: name, stdin }), {
          address: proxy,
          connecting: { keepaliveMs: 200 },
        })
        await until(() => leftovers().some((each) => inputOf(each) === 'first half\n'), 'half of it is there')
        if (how === 'freeze') proxy.freeze()
        else proxy.cut('reset')
        await run.seen('command-ended')
        stdin.end('second half\n')
        expect(await outcomeOf(run)).toMatchObject({ type: 'lost', remote: { type: 'ended' } })
        expect(existsSync(file)).toBe(false)
        expect(existsSync(join(jobs(), name))).toBe(false)
        // What is frozen is noticed by sshd, and not by us: the test's own server is told.
        if (how === 'reset') await until(() => leftovers().length === 0, 'nothing is left of it')
      },
    )
    const leftovers = () =>
      (existsSync(jobs()) ? readdirSync(jobs()) : []).filter(
        (name) => name.startsWith('.') && name !== '.lock' && name !== '.',
      )
    const inputOf = (name: string) => {
      const path = join(jobs(), name, 'in')
      return existsSync(path) ? readFileSync(path, 'utf8') : ''
    }

    test.each(['the same run', 'another run'])('one that was never begun is begun by %s', async (who) => {
      const name = `unstarted-${who.slice(0, 3)}`
      makeJob(name, { state: 'waiting', run: 'first' })
      const run = watchRun(sshd, ({ run }) => run(sh`echo begun`, { durable: name }), {
        run: who === 'the same run' ? 'first' : 'second',
      })
      expect(await outcomeOf(run)).toEqual({ type: 'done' })
      expect(run.out()).toBe('begun\n')
    })

    test('what was left of one whose shell was killed unseen is ended before the next one begins', async () => {
      const file = join(openFolder(), 'pids')
      const proxy = await tcpProxy(sshd)
      const first = watchRun(
        sshd,
        ({ run }) =>
          run(shellLine(`sleep 600 & echo $! >>${file}; echo $$ >>${file}; echo runs; wait`), {
            durable: 'orphan',
          }),
        { address: proxy, reconnectMs: 0 },
      )
      await runs(first)
      const [child = 0, lead = 0] = await pidsIn(file, 2)
      onTestFinished(() => void (lives(child) && process.kill(child, 'SIGKILL')))
      proxy.cut('reset')
      await first.ended
      process.kill(lead, 'SIGKILL')
      expect(lives(child)).toBe(true)
      const next = watchRun(sshd, ({ run }) => run(sh`echo new`, { durable: 'orphan' }), { run: 'next' })
      expect(await outcomeOf(next)).toEqual({ type: 'done' })
      expect(next.out()).toBe('new\n')
      expect(lives(child)).toBe(false)
    })

    test('jobs that have just ended stay, however many; older ones than the last forty go, unless somebody reads them', async () => {
      rmSync(jobs(), { recursive: true, force: true })
      const old = new Date(Date.now() - 2 * 3_600_000)
      for (let at = 0; at < 45; at++) makeJob(`young-${at}`, { state: 'exited 0', run: 'x' })
      for (let at = 0; at < 5; at++) {
        makeJob(`old-${at}`, { state: 'exited 0', run: 'x' })
        utimesSync(join(jobs(), `old-${at}`, 'state'), old, old)
      }
      // Somebody follows it: with the lock, shared.
      const reader = spawn('flock', ['-s', join(jobs(), 'old-0/lock'), 'sleep', '600'], { detached: true })
      onTestFinished(() => void process.kill(-(reader.pid ?? 0), 'SIGKILL'))
      await until(() => holds(join(jobs(), 'old-0/lock')), 'it is read')
      const run = watchRun(sshd, ({ run }) => run(sh`true`, { durable: 'sweeps' }))
      expect(await outcomeOf(run)).toEqual({ type: 'done' })
      const left = () => readdirSync(jobs()).filter((name) => name.startsWith('old-'))
      await until(() => left().length < 5, 'it has swept')
      await until(() => left().join() === 'old-0', 'all but one have gone')
      expect(readdirSync(jobs()).filter((name) => name.startsWith('young-'))).toHaveLength(45)
    })

    /** A job as it lies there when nobody holds its lock. */
    function makeJob(name: string, { state, run }: { readonly state: string; readonly run: string }): void {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
      mkdirSync(join(jobs(), name, 'said'), { recursive: true, mode: 0o700 })
      chmodSync(jobs(), 0o700)
      for (const [file, text] of Object.entries({
        about: `0123456789abcdef\n${run}\n${boot}`,
        state: `${state.padEnd(60)}\n`,
        script: 'echo never\n',
        ...{ in: '', 'said/out': '', 'said/err': '', lock: '' },
      }))
        writeFileSync(join(jobs(), name, file), text)
    }
  },
)

/** Whether some process holds a lock on a file. */
function holds(path: string): boolean {
  const { ino } = statSync(path)
  return readFileSync('/proc/locks', 'utf8').includes(`:${ino} `)
}
