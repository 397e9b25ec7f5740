import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { compileProgram, type Program } from '../support/program.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { makeSudoer, type Sudoer } from '../support/sudoers.ts'
import { atTerminal } from '../support/terminal.ts'

describeWith(['/usr/sbin/sshd', 'root', 'sudo', 'python3'], 'gachette --sudo', () => {
  let program: Program
  let first: Sshd
  let second: Sshd
  let user: Sudoer
  let dir: string
  beforeAll(async () => {
    program = compileProgram()
    first = await startSshd()
    second = await startSshd()
    user = makeSudoer(first)
    for (const path of [second.dir, second.home]) chmodSync(path, 0o755)
    dir = mkdtempSync(join(tmpdir(), 'gachette-sudo-'))
    const settings = {
      known_hosts: [first.knownHosts, second.knownHosts],
      use_ssh_config: false,
      key_filename: [first.keyFile, second.keyFile],
    }
    writeFileSync(join(dir, '.gachetterc'), JSON.stringify(settings))
    mkdirSync(join(dir, 'home'))
  })
  afterAll(async () => {
    user.remove()
    program.remove()
    await first.stop()
    await second.stop()
    rmSync(dir, { recursive: true })
  })
  beforeEach(() => user.allow('USER ALL=(ALL:ALL) ALL', 'Defaults:USER timestamp_timeout=0'))
  const host = ({ address, port }: Sshd) => `${user.name}@${address}:${port}`
  const both = () => `${host(first)},${host(second)}`
  const home = () => join(dir, 'home')
  const QUESTION = /sudo password of \S+ \(\S+ asks\): /g
  const start = (...argv: readonly string[]) =>
    atTerminal([process.execPath, program.bin, ...argv], { cwd: dir, env: { HOME: home() } })
  const recorded = () =>
    readdirSync(home(), { recursive: true, encoding: 'utf8' })
      .map((name) => join(home(), name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n')

  test('asks once for two hosts; what was typed is masked in what they print', async () => {
    const told = join(dir, 'told')
    writeFileSync(told, `it is ${user.password}, really\n`)
    const line = ['--parallel', '-H', both(), '--sudo', '--', `id -un; cat ${told}`]
    const { until, type, shown, exitCode } = start(...line)
    await until('asks): ')
    type(`${user.password}\r`)
    expect(await exitCode).toBe(0)
    expect(shown().match(QUESTION)).toHaveLength(1)
    expect(shown()).toContain('root')
    expect(shown()).toContain('it is ***, really')
    expect(`${shown()}${recorded()}`).not.toContain(user.password)
  })

  test('a wrong password: nobody is asked again, each host says so, and the exit code is 1', async () => {
    const { until, type, shown, exitCode } = start('--parallel', '-H', both(), '--sudo', '--', 'id -un')
    await until('asks): ')
    type('not this one\r')
    expect(await exitCode).toBe(1)
    expect(shown().match(QUESTION)).toHaveLength(1)
    expect(shown()).toContain(`sudo does not accept the password of ${user.name}`)
    expect(shown()).not.toContain('not this one')
  })

  test('without a terminal and a password the error says what to set', async () => {
    const { exitCode, stderr, stdout } = await program.start(['-H', host(first), '--sudo', '--', 'id -un'], {
      cwd: dir,
      env: { HOME: home() },
    }).ended
    expect({ exitCode, said: `${stdout}${stderr}` }).toEqual({
      exitCode: 1,
      said: expect.stringContaining(`sudo asks for the password of ${user.name}, and there is none`),
    })
    expect(stdout + stderr).toContain('GACHETTE_SUDO_PASSWORD')
  })

  test('one host takes the password of the environment, the other has no such sudoer: each tells its own', async () => {
    user.allow('USER ALL=(games) ALL', 'Defaults:USER timestamp_timeout=0')
    const env = { HOME: home(), GACHETTE_SUDO_PASSWORD: user.password }
    const other = await program.start(['-H', host(first), '--sudo-user', 'games', '--', 'id -un; cat'], {
      cwd: dir,
      env,
      stdin: 'piped in',
    }).ended
    expect(other).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/games\n.*piped in/) })
    const root = await program.start(['-H', host(first), '--sudo', '--', 'id -un'], { cwd: dir, env }).ended
    expect(root).toMatchObject({ exitCode: 1 })
    expect(root.stdout + root.stderr).toContain('sudo does not run this as root')
    expect(root.stdout + root.stderr).toMatch(/is not allowed to execute 'gachette …' as root/)
    expect(`${root.stdout}${root.stderr}${recorded()}`).not.toContain(user.password)
  })

  test('--pty gives a terminal, also with --sudo', async () => {
    user.allow('USER ALL=(ALL:ALL) NOPASSWD: ALL', 'Defaults:USER requiretty')
    const { exitCode, stdout } = await program.start(
      ['-H', host(first), '--sudo', '--pty', '--', 'test -t 1 && id -un'],
      { cwd: dir, env: { HOME: home() } },
    ).ended
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/ root\n/),
    })
  })
})
