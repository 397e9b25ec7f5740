import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { compileProgram, type Program } from '../support/program.ts'

const chaos = fileURLToPath(new URL('../../scripts/chaos.mjs', import.meta.url))

// `npm run chaos` plays hundreds of rounds; these few show that it still can, and catch what is plainly broken.
describeWith(['sshd', 'git', 'dpkg-deb', 'flock', 'unshare', 'ip', 'root'], 'chaos', () => {
  let program: Program
  beforeAll(() => {
    program = compileProgram()
  })
  afterAll(() => program.remove())

  test('eight rounds of faults leave nothing half, nothing lost and nothing running', async () => {
    const { exitCode, stdout } = await play([
      '--seed',
      '2',
      '--rounds',
      '8',
      '--lanes',
      '2',
      '--usual',
      '3000',
    ])
    expect(stdout.split('\n').filter((line) => !line.startsWith('ok '))).toEqual([
      'seed 2, 8 rounds, 2 side by side',
      expect.stringMatching(/^8 of 8 rounds as they must be, in \d+ s$/),
      '',
    ])
    expect(exitCode).toBe(0)
  }, 300_000)

  async function play(args: readonly string[]) {
    const child = spawn(process.execPath, [chaos, '--bin', program.bin, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    const exitCode = await new Promise<number | null>((done) => child.on('close', done))
    return { exitCode, stdout }
  }
})
