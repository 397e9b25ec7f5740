import { expect, test } from 'vitest'
import { execute, outcomeName, planRun, type RunEvent } from '../../../src/run/index.ts'
import { sh } from '../../../src/shell/index.ts'
import type { TaskContext } from '../../../src/task/task.ts'
import { fakeHosts, type Reply, sshHost } from '../../support/fake-session.ts'
import { invocation } from '../../support/invocations.ts'

const lost: Reply = {
  stdout: ['half an ans'],
  outcome: { type: 'lost', reason: 'reset by peer', remote: { type: 'unknown' } },
}
/** Asks a host whose connection is lost so many times; answers what was said and how it went. */
async function asked(losses: number, body: (context: TaskContext) => Promise<unknown>, reconnectMs = 60_000) {
  let left = losses
  const hosts = fakeHosts(() => (left-- > 0 ? lost : { stdout: ['whole\n'] }))
  const events: RunEvent[] = []
  const plan = planRun([{ invocation: invocation('t', body), hosts: [sshHost('web1')] }])
  const setting = () => undefined
  const onEvent = (event: RunEvent) => void events.push(event)
  const { steps } = await execute(plan, { openSession: hosts.open, setting, onEvent, reconnectMs })
  const [step] = steps
  const opened = hosts.log.filter((line) => line === 'open web1').length
  return { result: step?.result, outcome: step && outcomeName(step.outcome), events, opened }
}

test('a command that may be run again begins anew where its connection was lost; half an answer is none', async () => {
  const { result, opened, events } = await asked(2, ({ ask }) => ask(sh`wait-for-it`, { again: true }))
  expect(result).toBe('whole')
  expect(opened).toBe(3)
  expect(events.filter(({ type }) => type === 'reconnecting')).toMatchObject([
    { host: 'web1', reason: 'reset by peer', attempt: 1 },
    { host: 'web1', reason: 'reset by peer', attempt: 1 },
  ])
  expect(events.filter(({ type }) => type === 'command-started')).toHaveLength(1)
})

test('any other command is never run twice', async () => {
  const { outcome, opened } = await asked(1, ({ ask }) => ask(sh`pay`))
  expect(outcome).toMatch(/lost/)
  expect(opened).toBe(1)
})

test('where nobody is to be sought, it stays lost', async () => {
  const { outcome } = await asked(1, ({ ask }) => ask(sh`wait-for-it`, { again: true }), 0)
  expect(outcome).toMatch(/lost/)
})
