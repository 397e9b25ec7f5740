import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { me } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { compileProgram, type Program } from '../support/program.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { atTerminal } from '../support/terminal.ts'

const PASSPHRASE = 'correct horse battery'

describeWith(['sshd', 'python3'], 'a passphrase asked for at a terminal', () => {
  let program: Program
  let sshd: Sshd
  let dir: string
  let key: string
  beforeAll(async () => {
    program = compileProgram()
    sshd = await startSshd()
    dir = mkdtempSync(join(tmpdir(), 'gachette-prompt-'))
    key = join(dir, 'locked')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', PASSPHRASE, '-f', key])
    appendFileSync(join(sshd.dir, 'authorized_keys'), readFileSync(`${key}.pub`))
    const settings = { known_hosts: sshd.knownHosts, use_ssh_config: false, key_filename: key }
    writeFileSync(join(dir, '.gachetterc'), JSON.stringify(settings))
    mkdirSync(join(dir, 'home'))
  })
  afterAll(async () => {
    program.remove()
    await sshd.stop()
    rmSync(dir, { recursive: true })
  })
  const host = () => `${sshd.address}:${sshd.port}`
  const question = () => `passphrase for ${key}: `
  const start = (...argv: readonly string[]) =>
    atTerminal([process.execPath, program.bin, ...argv], { cwd: dir, env: { HOME: join(dir, 'home') } })

  test('is not shown, may be mistyped, and opens the key', async () => {
    const { until, type, shown, exitCode } = start('-H', host(), '--', 'echo let in')
    await until(question())
    type('wrong horse\r')
    await until(question(), 2)
    type(`${PASSPHRASE}\r`)
    expect(await exitCode).toBe(0)
    expect(shown()).toContain('let in')
    expect(shown()).not.toMatch(/wrong horse|correct horse/)
  })

  test('is asked once for two hosts at once, with nothing drawn meanwhile', async () => {
    const { until, type, shown, exitCode } = start(
      '-H',
      `${host()},${me}@${host()}`,
      '--parallel',
      '--',
      'echo let in',
    )
    await until(question())
    type(PASSPHRASE)
    const before = shown()
    type('\r')
    expect(await exitCode).toBe(0)
    expect(before.endsWith(question())).toBe(true)
    expect(shown().split(question())).toHaveLength(2)
    // What both said is told once, with the names of both.
    expect(shown().replace(/\u001b\[\d+m/g, '')).toContain(`${host()},${me}@${host()}: let in`)
  })

  test('is given up at SIGTERM: 130', async () => {
    const { until, end, shown, exitCode } = start('-H', host(), '--', 'echo let in')
    await until(question())
    end()
    expect(await exitCode).toBe(130)
    expect(shown()).toContain('SIGTERM: nothing new is started')
  })

  test.each([
    ['Ctrl-C', '\u0003', /Ctrl-C: nothing new is started/],
    ['the end of input', '\u0004', /cancelled/],
  ])('%s is an answer, too: nothing is connected, 130', async (_, keys, said) => {
    const { until, type, shown, exitCode } = start('-H', host(), '--', 'echo let in')
    await until(question())
    type(keys)
    expect(await exitCode).toBe(130)
    const after = shown().slice(shown().indexOf(question()) + question().length)
    expect(after).toMatch(/^\r\n/)
    expect(after).toMatch(said)
    expect(after).toContain('nothing was running there')
    expect(after).not.toContain('let in')
  })
})

describeWith(['python3'], 'a run at a terminal', () => {
  let program: Program
  beforeAll(() => {
    program = compileProgram()
  })
  afterAll(() => program.remove())

  test('Ctrl-C is said above the picture, which goes', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'gachette-ctrl-c-'))
    const { until, type, shown, exitCode } = atTerminal(
      [process.execPath, program.bin, '-H', 'local', '--', 'echo up; sleep 300'],
      { cwd: dir, env: { HOME: dir }, columns: 40 },
    )
    await until('⠹')
    type('\u0003')
    expect(await exitCode).toBe(130)
    const [, after = ''] = shown().split(/(?=\r\u001b\[\d+A\u001b\[J[^⠹]*Ctrl-C: nothing new)/)
    expect(after).toContain('another Ctrl-C stops at once')
    expect(after).toContain('cancelled')
    rmSync(dir, { recursive: true })
  })
})
