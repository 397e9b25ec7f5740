import { expect, test } from 'vitest'
import { execute, planRun, type RunEvent } from '../../../src/run/index.ts'
import { sh } from '../../../src/shell/index.ts'
import type { RunOptions } from '../../../src/task/context.ts'
import { fakeHosts, sshHost } from '../../support/fake-session.ts'
import { invocation } from '../../support/invocations.ts'

test.each<[string, RunOptions, string]>([
  ['sudo', { durable: true, sudo: true }, 'neither sudo nor pty'],
  ['sudo as somebody', { durable: 'x', sudo: { user: 'jo' } }, 'neither sudo nor pty'],
  ['a terminal', { durable: true, pty: true }, 'neither sudo nor pty'],
  ['a name with a path in it', { durable: '../x' }, '"../x" is no name for a durable job'],
])(
  'durable with %s is refused before anything is told or run, in a dry run as well',
  async (_, options, why) => {
    for (const dryRun of [false, true]) {
      const events: RunEvent[] = []
      const hosts = fakeHosts()
      const body = invocation('task', ({ run }) => run(sh`import --all`, options))
      const { steps } = await execute(planRun([{ invocation: body, hosts: [sshHost('web1')] }]), {
        openSession: hosts.open,
        setting: () => undefined,
        dryRun,
        onEvent: (event) => void events.push(event),
      })
      expect(steps[0]?.outcome).toMatchObject({
        type: 'failed',
        code: 'usage',
        message: expect.stringContaining(why),
      })
      expect(hosts.log).toEqual([])
      expect(events.map(({ type }) => type)).toEqual([
        'run-started',
        'step-started',
        'step-ended',
        'run-ended',
      ])
    }
  },
)
