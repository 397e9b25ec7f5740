import { expect, test } from 'vitest'
import { execute, planRun, type RunEvent } from '../../src/run/index.ts'
import { sh } from '../../src/shell/index.ts'
import { builtInTasks, defineTask } from '../../src/task/index.ts'
import { fakeHosts, sshHost } from '../support/fake-session.ts'

const wait = defineTask({ summary: 'Wait for a port', run: ({ run }) => run`wait` })
const restart = defineTask({
  summary: 'Restart a service',
  params: { unit: { type: 'string' } },
  async run(context, { unit }) {
    await context.run(sh`restart ${unit}`)
    await wait(context, {})
    await wait(context.on('lb'), {})
  },
})
const deploy = defineTask({
  summary: 'Deploy',
  async run(context) {
    await context.run`deploy`
    await restart(context, { unit: 'nginx' })
    await context.run`clean`
    await restart(context.on('db1'), { unit: 'pg' })
  },
})

/** `command: path on host` of every command, where the task was called by another, or turned to another host. */
async function told() {
  const events: RunEvent[] = []
  const invocation = { name: 'deploy', task: deploy, args: {}, text: 'deploy' }
  await execute(planRun([{ invocation, hosts: [sshHost('web1')] }]), {
    openSession: fakeHosts().open,
    setting: () => undefined,
    onEvent: (event) => void events.push(event),
  })
  return events.flatMap((event) => {
    if (event.type !== 'command-started') return []
    const { text, in: path, on } = event
    return [`${text}:${path === undefined ? '' : ` ${path}`}${on === undefined ? '' : ` on ${on}`}`]
  })
}

test('what a called task does is told under its name, wherever it runs; its own caller is not named', async () => {
  builtInTasks({ restart })
  expect(await told()).toEqual([
    'deploy:',
    'restart nginx: restart',
    'wait: restart > Wait for a port',
    'wait: restart > Wait for a port on lb',
    'clean:',
    'restart pg: restart on db1',
    'wait: restart > Wait for a port on db1',
    'wait: restart > Wait for a port on lb',
  ])
})
