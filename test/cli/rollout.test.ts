import { afterEach, describe, expect, test } from 'vitest'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { exited, type FakeHosts, fakeHosts } from '../support/fake-session.ts'

const TASKS = `import { defineTask } from 'gachette'
const on = (hosts) => ({ summary: 'for a test', hosts, params: { unit: { type: 'string', default: 'nginx' } } })
export const drain = defineTask({ ...on(undefined), run: ({ run }) => run\`drain\` })
export const restart = defineTask({ ...on(undefined), run: ({ run }, { unit }) => run\`restart \${unit}\` })
export const build = defineTask({ ...on('none'), run: () => undefined })
`
let line: CommandLine
afterEach(() => line.remove())
const begin = (hosts: FakeHosts, settings = 'hosts: [a, b, c, d]') => {
  line = commandLine({ hosts, files: { '.gachetterc': settings, 'gachette.tasks.ts': TASKS } })
  return line.gachette
}
const ran = ({ log }: FakeHosts) => log.filter((entry) => entry.includes('$ '))

describe('--batch, --canary and --max-fail', () => {
  test('go over the hosts in batches, all hosts of a batch at once', async () => {
    const hosts = fakeHosts()
    await begin(hosts)('--batch', '50%', 'drain:', 'restart:')
    expect(hosts.log.slice(0, 6)).toEqual([
      'open a',
      'open b',
      'a$ drain',
      'b$ drain',
      'a$ restart nginx',
      'b$ restart nginx',
    ])
  })

  test.each([
    ['before the task', ['--canary', 'restart', 'php']],
    ['with a number', ['--canary', '1', 'restart', 'php']],
    ['after the task', ['restart', 'php', '--canary']],
    ['after the task, with a number', ['restart', '--canary', '1', 'php']],
    ['after the task, before an argument', ['restart', '--canary', 'php']],
    ['glued', ['--canary=1', 'restart', 'php']],
  ])('the number of --canary may be left out: %s', async (_, words) => {
    const hosts = fakeHosts((host) => (host === 'a' ? exited(1) : {}))
    const { exitCode, stderr } = await begin(hosts)(...words)
    expect([exitCode, ran(hosts)]).toEqual([1, ['a$ restart php']])
    expect(stderr).toContain(
      'warning: the canary a did not go well: restart failed (exit 1): nothing new is started\n',
    )
    expect(stderr).toContain(
      'b,c,d: skipped: because the canary a did not go well: restart failed (exit 1)\n',
    )
  })

  test('settings say the same', async () => {
    const hosts = fakeHosts(() => exited(1))
    await begin(hosts, 'hosts: [a, b, c, d]\nmax_fail: 25%\nbatch: 3')('restart')
    expect(ran(hosts)).toHaveLength(3)
  })

  test.each([
    ['--batch', '0', 'batch'],
    ['--batch', '0%', 'batch'],
    ['--batch', '101%', 'batch'],
    ['--batch', '-1', 'batch'],
    ['--batch', '2.5', 'batch'],
    ['--batch', 'some', 'batch'],
    ['--max-fail', '10 %', 'max_fail'],
    ['--canary', '99999', 'canary'],
  ])('%s %j is one error, before anything is touched', async (flag, value, name) => {
    const hosts = fakeHosts()
    const { exitCode, stdout, stderr } = await begin(hosts)(flag, value, 'restart')
    expect({ exitCode, stdout, log: hosts.log }).toEqual({ exitCode: 2, stdout: '', log: [] })
    expect(stderr).toMatch(new RegExp(`^${flag}: ${name} is a .*number.*, not .*\\n$`))
  })
})

test('a flag whose value is empty is refused: the default would come back, unasked', async () => {
  const hosts = fakeHosts()
  const { exitCode, stderr } = await begin(hosts)('--max-fail', '', 'restart')
  expect([exitCode, stderr, hosts.log]).toEqual([2, '--max-fail needs a value, and got an empty one\n', []])
})

test('--skip-bad-hosts leaves unreachable hosts out of the exit code', async () => {
  const gachette = begin(fakeHosts(undefined, ['b']))
  expect((await gachette('restart')).exitCode).toBe(3)
  expect((await gachette('--skip-bad-hosts', 'restart')).exitCode).toBe(0)
})
