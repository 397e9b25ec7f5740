import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { remoteProcesses } from '../support/remote-processes.ts'
import { pidsIn, until } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'

describeWith(['sshd', 'root'], 'exit codes', () => {
  let machine: BuildMachine
  let other: Sshd
  let both: readonly string[]
  beforeAll(async () => {
    machine = await buildMachine()
    other = await startSshd()
    const known = `known_hosts=${machine.server.knownHosts},${other.knownHosts}`
    both = ['-i', machine.server.keyFile, '-i', other.keyFile, '--set', known]
  })
  afterAll(async () => {
    await machine.stop()
    await other.stop()
  })

  const second = () => `root@${other.address}:${other.port}`
  const closed = () => `root@${machine.server.address}:1`
  const hosts = (...names: string[]) => [...both, '-H', names.join(',')]
  const code = async (...line: string[]) => (await machine.gachette(...line)).exitCode

  test.each<[number, string, () => readonly string[]]>([
    [0, 'all is done', () => ['--', 'true']],
    [1, 'a command fails', () => ['--', 'exit 7']],
    [1, 'a command is ended by a signal', () => ['--', 'kill -9 $$']],
    [1, 'a command takes too long', () => ['--set', 'command_timeout=0.3', '--', 'sleep 60']],
    [1, 'a program is not there', () => ['--', 'no-such-program-at-all']],
    [2, 'a task is unknown', () => ['no_such_task']],
    [2, 'an option is unknown', () => ['--no-such-option']],
    [2, 'an argument is missing', () => ['quick']],
    [2, 'a value is wrong', () => ['stack_create:../x']],
    [2, 'a setting is wrong', () => ['--set', 'timeout=soon', '--', 'true']],
    [2, 'a settings file is not there', () => ['-c', 'nowhere.yml', '--', 'true']],
    [2, 'there is nothing to do', () => []],
    [3, 'nobody listens', () => ['-H', closed(), '--', 'true']],
    [3, 'the key is refused', () => ['-i', other.keyFile, '--', 'true']],
    [3, 'the host key is unknown', () => ['--set', `known_hosts=${other.knownHosts}`, '--', 'true']],
    [1, 'one fails, one is unreachable', () => [...hosts(machine.host, closed()), '--', 'false']],
    [3, 'one is done, one is unreachable', () => [...hosts(machine.host, closed()), '--', 'true']],
    [
      0,
      'one is done, one is unreachable and to be skipped',
      () => [...hosts(machine.host, closed()), '--set', 'skip_bad_hosts=true', '--', 'true'],
    ],
    [
      1,
      'one fails, one is unreachable and to be skipped',
      () => [...hosts(machine.host, closed()), '--set', 'skip_bad_hosts=true', '--', 'false'],
    ],
    [
      1,
      'one fails, one is done',
      () => [
        ...hosts(machine.host, second()),
        '--',
        `test $(echo $SSH_CONNECTION | cut -d' ' -f3) = ${other.address}`,
      ],
    ],
    [1, 'the canary is unreachable', () => [...hosts(closed(), machine.host), '--canary', '--', 'true']],
    [
      1,
      'the canary is unreachable, and bad hosts are to be skipped',
      () => [...hosts(closed(), machine.host), '--canary', '--skip-bad-hosts', '--', 'true'],
    ],
    [
      0,
      'the canary and the other are done',
      () => [...hosts(machine.host, second()), '--canary', '--', 'true'],
    ],
    [
      1,
      'one too many is unreachable',
      () => [...hosts(closed(), machine.host), '--max-fail', '0', '--', 'true'],
    ],
    [
      3,
      'few enough are unreachable',
      () => [...hosts(closed(), machine.host), '--max-fail', '50%', '--', 'true'],
    ],
    [
      0,
      'those that are unreachable are to be skipped, and do not count',
      () => [...hosts(closed(), machine.host), '--max-fail', '0', '--skip-bad-hosts', '--', 'true'],
    ],
    [2, 'a batch is of no hosts', () => [...hosts(machine.host), '--batch', '0', '--', 'true']],
    [0, 'an unreachable host is only planned', () => [...hosts(closed()), '--plan', '--', 'true']],
    [0, 'both are done, in batches', () => [...hosts(machine.host, second()), '--batch', '1', '--', 'true']],
    [0, 'both are done', () => [...hosts(machine.host, second()), '--parallel', '--', 'true']],
  ])('%i: %s', async (wanted, _, line) => {
    const { exitCode, stderr } = await machine.gachette(...line())
    expect({ exitCode, stderr }).toMatchObject({ exitCode: wanted })
    if (wanted !== 0) expect(stderr).not.toBe('')
  })

  test('a changed host key is 3, and both fingerprints are shown', async () => {
    const wrong = machine.write(
      'wrong_hosts',
      readFileSync(other.knownHosts, 'utf8').replace(
        /^\S+/,
        `[${machine.server.address}]:${machine.server.port}`,
      ),
    )
    const said = await machine.gachette('--set', `known_hosts=${wrong}`, '--', 'true')
    expect(said.exitCode).toBe(3)
    expect(new Set(said.stderr.match(/SHA256:\S{43}/g))).toHaveProperty('size', 2)
  })

  test('one host’s failure skips its later tasks and no other host’s; --keep-going goes on', async () => {
    const mark = join(machine.dir, 'ran')
    machine.write(
      'gachette.tasks.ts',
      `import { defineTask } from 'gachette'
export const check = defineTask({ summary: 'fails on one', async run({ run }) { await run\`test "$(echo $SSH_CONNECTION | cut -d' ' -f3)" = ${other.address}\` } })
export const touch = defineTask({ summary: 'leaves a mark', async run({ run }) { await run\`echo "$SSH_CONNECTION" >>${mark}\` } })`,
    )
    const line = [...hosts(machine.host, second())]
    expect(await code(...line, 'check:', 'touch:')).toBe(1)
    expect(readFileSync(mark, 'utf8').trim().split('\n')).toHaveLength(1)
    expect(await code(...line, '--keep-going', 'check:', 'touch:')).toBe(1)
    expect(readFileSync(mark, 'utf8').trim().split('\n')).toHaveLength(3)
  })

  test('--quiet says no more than which host came to what', async () => {
    const { exitCode, stdout, stderr } = await machine.gachette(
      '--quiet',
      ...hosts(machine.host, closed()),
      '--',
      'echo out; echo err >&2; exit 7',
    )
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain(`${machine.server.address}:${machine.server.port}: failed (exit 7)`)
    expect(stderr).toContain(`${machine.server.address}:1: unreachable`)
  })

  test.each(['reset', 'close'] as const)(
    '1: the connection ends in mid-command by %s, and is called lost',
    async (how) => {
      const proxy = await tcpProxy(machine.server)
      const line = ['-H', `root@${proxy.address}:${proxy.port}`, '--set', 'host_key_policy=off']
      const { child, ended } = machine.start([...line, '--', 'echo up; sleep 300'])
      child.stdout?.on('data', (text: string) => text.includes('up') && proxy.cut(how))
      const { exitCode, stderr } = await ended
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(': lost\n') })
      await until(() => remoteProcesses(machine.server).length === 0, 'the remote process has ended', 2000)
    },
  )

  describe.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s of a run on two hosts', (signal) => {
    test.each([
      ['a plain command', 'exec sleep 300'],
      ['a shell with children', 'sleep 300 & sleep 301 | cat; sleep 302'],
      [
        'one that ignores TERM, and so do its children',
        `trap '' TERM HUP INT; sh -c 'trap "" TERM; while :; do sleep 1; done' & wait; wait`,
      ],
    ])('ends %s on both within 2 s', async (_, command) => {
      const pids = join(machine.dir, `pids-${signal}-${command.length}`)
      const line = [...hosts(machine.host, second()), '--parallel', '--', `echo $$ >>${pids}; ${command}`]
      const { child, ended } = machine.start(line)
      await pidsIn(pids, 2)
      for (const server of [machine.server, other]) expect(remoteProcesses(server)).not.toEqual([])
      const since = performance.now()
      child.kill(signal)
      const gone = () => remoteProcesses(machine.server).length + remoteProcesses(other).length === 0
      await until(gone, 'both have ended', 2500)
      expect(performance.now() - since).toBeLessThan(2000)
      const { exitCode, stderr } = await ended
      if (signal === 'SIGKILL') return
      expect(exitCode).toBe(130)
      const both = [machine.server, other].map(({ address, port }) => `${address}:${port}`)
      expect(stderr).toContain(`${both.join(',')}: cancelled; it has ended there\n`)
    })
  })

  test('130: what was not yet begun is said to be skipped, what was done stays done', async () => {
    const [started, never] = [join(machine.dir, 'started'), join(machine.dir, 'never')]
    const command = `if test -e ${started}; then sleep 300; else touch ${started}; fi`
    machine.write(
      'gachette.tasks.ts',
      `import { defineTask } from 'gachette'
export const wait = defineTask({ summary: 'waits', async run({ run }) { await run\`${command.replaceAll('`', '')}\` } })
export const touch = defineTask({ summary: 'leaves a mark', async run({ run }) { await run\`touch ${never}\` } })`,
    )
    const { child, ended } = machine.start([...hosts(machine.host, second()), 'wait:', 'touch:'])
    await until(() => existsSync(started) && remoteProcesses(other).length > 0, 'the second host runs')
    child.kill('SIGINT')
    const { exitCode, stderr } = await ended
    expect(exitCode).toBe(130)
    expect(stderr).toContain(`${other.address}:${other.port}: wait: cancelled; it has ended there`)
    expect(stderr).toMatch(/touch: skipped: because the run was cancelled/)
    expect(existsSync(never)).toBe(false)
  })
})
