import { defineTask, sh, TaskError } from 'gachette'
import { rehearse } from 'gachette/testing'
import { expect, test } from 'vitest'

const restart = defineTask({
  summary: 'Restart a service',
  params: { unit: { type: 'string' }, token: { type: 'secret', setting: 'secrets.token' } },
  async run({ run, ask, log, host }, { unit, token }) {
    await run`systemctl restart ${unit}`
    await run(sh`notify ${token}`, { cwd: '/srv' })
    const state = await ask`systemctl is-active ${unit}`
    if (state !== 'active') throw new TaskError(`${host.name}: ${unit} is ${state}`)
    log(`${unit} is ${state}`)
    return state
  },
})
const settings = { 'secrets.token': 'hunter2hunter2' }

test('a task is rehearsed against answers, and what it asked is told', async () => {
  const { outcome, result, calls, said } = await rehearse(
    restart,
    { unit: 'nginx' },
    { settings, answers: [{}, {}, { stdout: 'active\n' }] },
  )
  expect({ outcome, result, said }).toEqual({
    outcome: { type: 'done' },
    result: 'active',
    said: ['nginx is active'],
  })
  expect(calls).toEqual([
    { host: 'recorded', kind: 'exec', text: 'systemctl restart nginx' },
    { host: 'recorded', kind: 'exec', text: 'notify ***', cwd: '/srv' },
    { host: 'recorded', kind: 'exec', text: 'systemctl is-active nginx' },
  ])
})

test('a failed command and an error of the task are outcomes', async () => {
  const failed = await rehearse(restart, { unit: 'nginx' }, { settings, answers: () => ({ exitCode: 5 }) })
  expect(failed.outcome).toMatchObject({ type: 'failed', exitCode: 5 })
  const thrown = await rehearse(
    restart,
    { unit: 'nginx' },
    {
      settings,
      host: 'web1',
      answers: { web1: (text) => (text.startsWith('systemctl is') ? { stdout: 'dead' } : {}) },
    },
  )
  expect(thrown.outcome).toMatchObject({ type: 'failed', message: 'web1: nginx is dead' })
})

test('a command that nobody foresaw fails the rehearsal', async () => {
  const { outcome } = await rehearse(restart, { unit: 'nginx' }, { settings, answers: [{}] })
  expect(outcome).toMatchObject({ message: 'recorded: nobody foresaw this command: notify ***' })
})

test('a dry run asks nothing', async () => {
  const { outcome, calls } = await rehearse(restart, { unit: 'nginx' }, { settings, dryRun: true })
  expect(outcome).toMatchObject({ type: 'failed', message: 'recorded: nginx is ' })
  expect(calls).toEqual([])
})
