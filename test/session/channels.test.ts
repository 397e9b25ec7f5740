import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Channels } from '../../src/session/channels.ts'
import type { Connection } from '../../src/session/connection.ts'
import type { Answered, ExecChannel } from '../../src/session/executor.ts'
import { sshHost } from '../support/fake-session.ts'

/** A host that starts every line at once. */
function channels(): Channels {
  const channel: ExecChannel = Object.assign(new PassThrough(), {
    stderr: new PassThrough(),
    close: () => {},
  })
  const connection: Connection = {
    host: sshHost('web1'),
    client: { exec: (_line: string, ...rest: unknown[]) => (rest.at(-1) as Answered)(undefined, channel) },
    hostKeyFingerprint: '',
    isOpenSsh: true,
    closed: new Promise(() => {}),
    lost: () => undefined,
    close: () => {},
  }
  return new Channels(connection)
}

function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}

test('a turn that comes to a command in the moment it is cancelled goes to the next one', async () => {
  for (let moments = 0; moments < 12; moments++) {
    const ours = channels()
    const cancelled = new AbortController()
    const running = Array.from({ length: 4 }, () => deferred())
    const all = running.map(({ promise }, at) => ours.run(`run ${at}`, {}, () => promise))
    await new Promise(setImmediate)
    const first = ours.run('first', { signals: [cancelled.signal] }, async () => 'ran')
    const second = ours.run('second', {}, async () => 'ran')
    await new Promise(setImmediate)
    running[0]?.resolve()
    for (let at = 0; at < moments; at++) await undefined
    cancelled.abort()
    const stuck = new Promise((resolve) => setTimeout(resolve, 200, 'stuck'))
    expect([moments, await Promise.race([second, stuck])]).toEqual([moments, 'ran'])
    expect(['ran', 'cancelled']).toContain(await first)
    for (const { resolve } of running) resolve()
    await Promise.all(all)
  }
})
