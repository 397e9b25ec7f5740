import { expect, test } from 'vitest'
import { HostSessions } from '../../src/run/host-sessions.ts'
import type { PlanHost } from '../../src/run/plan.ts'
import type { Session } from '../../src/session/session.ts'
import { UnreachableError } from '../../src/shell/index.ts'
import { fakeHosts, sshHost } from '../support/fake-session.ts'

const web1: PlanHost = { label: 'web1', host: sshHost('web1') }
const never = new AbortController().signal

/** Sessions with a host that answers the first time, and then as often as `answers` says. */
function sessions(...answers: readonly boolean[]) {
  const { open, log } = fakeHosts()
  const left = [true, ...answers]
  let opened = 0
  const ours = new HostSessions(async ({ host }): Promise<Session> => {
    opened += 1
    if (left.shift() === false) throw new UnreachableError('unreachable', 'web1: no answer')
    return open(host, { dryRun: false, signal: never, warn: () => {}, mask: () => {} })
  }, never)
  return { ours, log, count: () => opened }
}

test('a host that could not be reached is not tried again by those who cannot wait', async () => {
  const { ours, count } = sessions(false)
  await ours.forget(web1, await ours.of(web1))
  await expect(ours.of(web1)).rejects.toThrow('no answer')
  await expect(ours.of(web1)).rejects.toThrow('no answer')
  expect(count()).toBe(2)
})

test('whoever can wait tries it again, also after somebody else could not reach it', async () => {
  const { ours, count } = sessions(false, false, true)
  const lost = await ours.of(web1)
  await ours.forget(web1, lost)
  await expect(ours.of(web1)).rejects.toThrow('no answer')
  await expect(ours.again(web1, lost, never)).rejects.toThrow('no answer')
  const back = await ours.again(web1, lost, never)
  expect([await ours.of(web1), count()]).toEqual([back, 4])
})

test('those who wait for a host share the attempt, whether it succeeds or not', async () => {
  const { ours, count } = sessions(false, true)
  const lost = await ours.of(web1)
  const both = () => Promise.allSettled([ours.again(web1, lost, never), ours.again(web1, lost, never)])
  expect((await both()).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(count()).toBe(2)
  expect((await both()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  expect(count()).toBe(3)
})

test('a session that another host holds is closed when it lets go, else at once; closing all waits for it', async () => {
  const { ours, log } = sessions()
  await ours.of(web1)
  const letGo = ours.hold(web1)
  ours.close(web1)
  await ours.of(web1)
  expect(log).toEqual(['open web1'])
  letGo()
  await ours.closeAll()
  expect(log).toEqual(['open web1', 'close web1'])
})

test('who opens a session is told that the run is over before it is closed, or that it was aborted', async () => {
  const { open } = fakeHosts()
  const run = new AbortController()
  const log: string[] = []
  const told: AbortSignal[] = []
  const opener = () =>
    new HostSessions(async ({ host }, signal) => {
      told.push(signal)
      signal.addEventListener('abort', () => log.push('told'))
      const session = await open(host, { dryRun: false, signal, warn: () => {}, mask: () => {} })
      return { ...session, close: async () => void log.push('closed') }
    }, run.signal)
  const ours = opener()
  await ours.of(web1)
  await ours.closeAll()
  expect(log).toEqual(['told', 'closed'])
  const others = opener()
  await others.of(web1)
  run.abort('enough')
  expect(told.map(({ aborted }) => aborted)).toEqual([true, true])
  expect(told[1]?.reason).toBe('enough')
  await others.closeAll()
})
