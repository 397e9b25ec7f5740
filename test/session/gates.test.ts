import { expect, test } from 'vitest'
import type { Connection } from '../../src/session/connection.ts'
import { Gates } from '../../src/session/gates.ts'
import { sshHost } from '../support/fake-session.ts'

function connection() {
  let close = (_why: string) => {}
  const closed = new Promise<string>((resolve) => {
    close = resolve
  })
  let reason: string | undefined
  const opened: Connection = {
    host: sshHost('gate'),
    client: { exec: () => {} },
    hostKeyFingerprint: '',
    isOpenSsh: true,
    closed,
    lost: () => reason,
    close(why = 'closed') {
      reason = why
      close(why)
    },
  }
  return opened
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a jump host stays for the next one behind it, and goes at once when the run is over', async () => {
  const gates = new Gates<Connection>()
  const run = new AbortController()
  const gate = connection()
  const enter = () => gates.enter('gate', async () => gate, run.signal)
  const first = await enter()
  first.leave()
  await settled()
  const second = await enter()
  expect([second.connection.lost(), second.connection]).toEqual([undefined, gate])
  run.abort()
  second.leave()
  second.leave()
  await settled()
  expect(gate.lost()).toBe('closed')
})
