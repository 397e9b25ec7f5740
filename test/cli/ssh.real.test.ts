import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { me } from '../support/connecting.ts'
import { compileProgram, type Program } from '../support/program.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

let program: Program
let sshd: Sshd
let dir = ''
beforeAll(async () => {
  program = compileProgram()
  sshd = await startSshd()
  dir = mkdtempSync(join(tmpdir(), 'gachette-ssh-'))
  mkdirSync(join(dir, '.git'))
  writeFileSync(
    join(dir, '.gachetterc'),
    `key_filename: ${sshd.keyFile}\nknown_hosts: ${sshd.knownHosts}\nuse_ssh_config: false\nconnection_attempts: 1\n`,
  )
})
afterAll(async () => {
  await sshd.stop()
  program.remove()
  rmSync(dir, { recursive: true })
})

const host = () => `${me}@${sshd.address}:${sshd.port}`
const start = (argv: readonly string[], stdin?: string) =>
  program.start(argv, { cwd: dir, ...(stdin === undefined ? {} : { stdin }) })
const gachette = (argv: readonly string[], stdin?: string) => start(argv, stdin).ended
const alive = (pid: number) => existsSync(`/proc/${pid}`)

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(20)
}

describe.runIf(process.getuid?.() === 0)('over a real SSH server', () => {
  test('one word after -- is a line for the remote shell, several are carried literally', async () => {
    const prefix = `[${sshd.address}:${sshd.port}] `
    expect((await gachette(['-H', host(), '--', 'echo a   b && echo $((1 + 1))'])).stdout).toBe(
      `${prefix}a b\n${prefix}2\n`,
    )
    expect((await gachette(['-H', host(), '--', 'echo', 'a   b', '&&', '$((1 + 1))', "it's"])).stdout).toBe(
      `${prefix}a   b && $((1 + 1)) it's\n`,
    )
  })

  test('what is piped in reaches the command', async () => {
    const { stdout } = await gachette(['-H', host(), '--', 'wc', '-c'], 'x'.repeat(300_000))
    expect(stdout).toContain('300000')
  })

  test('0 done, 1 failed, 3 unreachable', async () => {
    expect((await gachette(['-H', host(), '--', 'true'])).exitCode).toBe(0)
    expect((await gachette(['-H', host(), '--', 'exit 7'])).exitCode).toBe(1)
    expect((await gachette(['-H', `${sshd.address}:1`, '--', 'true'])).exitCode).toBe(3)
    const strict = ['-H', host(), '--set', 'known_hosts=/dev/null', '--', 'true']
    expect((await gachette(strict)).exitCode).toBe(3)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends the remote process within 2 s: exit 130',
    async (signal) => {
      const mark = join(dir, `pid-${signal}`)
      const { child, ended } = start(['-H', host(), '--', `echo $$ > ${mark}; sleep 300`])
      await until(() => existsSync(mark) && readFileSync(mark, 'utf8').endsWith('\n'))
      const pid = Number(readFileSync(mark, 'utf8'))
      expect(alive(pid)).toBe(true)
      const since = performance.now()
      child.kill(signal)
      expect((await ended).exitCode).toBe(130)
      await until(() => !alive(pid))
      expect(performance.now() - since).toBeLessThan(2000)
    },
  )

  test('a second Ctrl-C ends the program at once', async () => {
    const mark = join(dir, 'pid-stubborn')
    const { child, ended } = start([
      '-H',
      host(),
      '--',
      `trap '' TERM; echo $$ > ${mark}; while :; do sleep 1; done`,
    ])
    await until(() => existsSync(mark) && readFileSync(mark, 'utf8').endsWith('\n'))
    const told = new Promise<void>((heard) => {
      child.stderr?.on('data', (text: string) => text.includes('Ctrl-C') && heard())
    })
    child.kill('SIGINT')
    await told
    child.kill('SIGINT')
    expect((await ended).exitCode).toBe(130)
    await until(() => !alive(Number(readFileSync(mark, 'utf8'))))
  })
})
