import { readdirSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { fakeHosts } from '../support/fake-session.ts'

const TASKS = `import { defineTask } from 'gachette'
export const drain = defineTask({ summary: 'd', run: ({ run }) => run\`drain\` })
export const login = defineTask({
  summary: 'l',
  params: { token: { type: 'secret' } },
  run: ({ run }) => run\`login\`,
})
export const tell = defineTask({ summary: 't', hosts: 'none', run: () => undefined })
`
let line: CommandLine
afterEach(() => line.remove())
const begin = () => {
  const hosts = fakeHosts()
  line = commandLine({ hosts, files: { '.gachetterc': 'hosts: [a1, a2, a3]', 'gachette.tasks.ts': TASKS } })
  return { hosts, gachette: line.gachette }
}

test('--plan shows which task would run on which host; nothing is connected, nothing written down', async () => {
  const { gachette, hosts } = begin()
  const { exitCode, stdout, stderr } = await gachette('--plan', '--batch', '2', 'drain:', 'tell:')
  expect({ exitCode, stderr, log: hosts.log }).toEqual({ exitCode: 0, stderr: '', log: [] })
  expect(stdout).toBe(`2 tasks on 3 hosts, in 3 batches, 50 at once at most

  1  drain
  2  tell  (here, once)

  1 2
  x .  1  a[1-2]
  x .  2  a3
  . x  3  (here)
`)
  expect(readdirSync(line.home).filter((name) => name !== '.cache')).toEqual([])
})

test('--plan --json is one document', async () => {
  const { gachette } = begin()
  const { stdout } = await gachette('--json', '--plan', '--canary', '--max-fail', '10%', 'drain:', 'tell:')
  expect(JSON.parse(stdout)).toEqual({
    v: 1,
    hosts: ['a1', 'a2', 'a3'],
    steps: [
      { task: 'drain', text: 'drain', once: false },
      { task: 'tell', text: 'tell', once: true },
    ],
    batches: [
      { steps: [0], hosts: ['a1'], canary: true },
      { steps: [0], hosts: ['a2', 'a3'], canary: false },
      { steps: [1], hosts: [], canary: false },
    ],
    hostsAtOnce: 1,
    maxFail: '10%',
  })
})

test('--plan of a command, with hosts left out; secrets are stars', async () => {
  const { gachette } = begin()
  expect((await gachette('--plan', '-x', 'a2', '--', 'uptime')).stdout).toContain(
    '  1  -- uptime\n\n  1\n  x  a[1,3]\n',
  )
  expect((await gachette('--plan', 'login', 'hunter2')).stdout).toContain('  1  login ***\n')
})

test('--plan of a word that runs no task is refused', async () => {
  const { gachette } = begin()
  const { exitCode, stderr } = await gachette('--plan', 'runs')
  expect([exitCode, stderr]).toEqual([2, 'runs runs no task: --plan has no meaning for it\n'])
})

test('--plan finds what is wrong as a run would', async () => {
  const { gachette } = begin()
  expect((await gachette('--plan', 'login')).exitCode).toBe(2)
  expect((await gachette('--plan', '-H', '@none', 'drain')).exitCode).toBe(2)
})
