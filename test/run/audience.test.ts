import { expect, test } from 'vitest'
import { execute, planRun, type RunEvent } from '../../src/run/index.ts'
import { fakeHosts, sshHost, turn, untilAborted } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

/** Two commands on two hosts at once, told to whoever is given. */
function start(onEvent: (event: RunEvent) => void | Promise<void>, hosts = fakeHosts()) {
  const body = invocation('both', async ({ run }) => {
    await run`one`
    await run`two`
  })
  const plan = planRun([{ invocation: body, hosts: [sshHost('web1'), sshHost('web2')] }])
  return execute(plan, { openSession: hosts.open, setting: () => undefined, hostsAtOnce: 2, onEvent })
}
const at = (type: RunEvent['type'], host: string) => (event: RunEvent) =>
  event.type === type && 'host' in event && event.host === host

test.each([
  [
    'throws',
    () => {
      throw new Error('no room')
    },
  ],
  [
    'rejects',
    async () => {
      await turn()
      throw new Error('no room')
    },
  ],
])('whoever listens and %s ends the run, and is thrown at its end; nothing stays open', async (_, fail) => {
  const hosts = fakeHosts((host, _line, options) => (host === 'web2' ? untilAborted(options) : {}))
  const heard: string[] = []
  const isBad = at('command-ended', 'web1')
  const running = start((event) => {
    heard.push(event.type)
    return isBad(event) ? fail() : undefined
  }, hosts)
  await expect(running).rejects.toThrow('no room')
  expect(hosts.log.filter((line) => line.startsWith('close')).sort()).toEqual(['close web1', 'close web2'])
  expect(heard.at(-1)).toBe('run-ended')
})

test('a run is over when whoever listens has heard all of it', async () => {
  const written: string[] = []
  await start(async ({ type }) => {
    for (let slow = 0; slow < 3; slow++) await turn()
    written.push(type)
  })
  expect(written.at(-1)).toBe('run-ended')
  expect(written.filter((type) => type === 'step-ended')).toHaveLength(2)
})
