import { afterEach, expect, test } from 'vitest'
import { connect } from '../../src/session/connect.ts'
import { me, overBothBodies, settingsFor, sshHost } from '../support/connecting.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

overBothBodies(() => {
  let sshd: Sshd

  afterEach(() => sshd.stop())

  const refusals = () => (sshd.log().match(/past MaxStartups|drop connection/g) ?? []).length

  async function crowd(hosts: readonly string[]): Promise<void> {
    const settings = settingsFor(sshd, { hostKeyPolicy: 'off' })
    const connections = await Promise.all(hosts.map((host) => connect(sshHost(host), settings)))
    for (const connection of connections) connection.close()
    await Promise.all(connections.map((connection) => connection.closed))
  }

  test('20 hosts at once get through MaxStartups 2:100:2', async () => {
    sshd = await startSshd({ config: ['MaxStartups 2:100:2'] })
    const began = performance.now()
    await crowd(Array(20).fill(`${me}@${sshd.address}:${sshd.port}`))
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(refusals()).toBeGreaterThan(0)
  })

  // Without pacing sshd resets 42 of them. A busy sshd hears late that a login is over, so that a few may still be refused.
  test('100 connections at once get through the default MaxStartups, nearly all without a refusal', async () => {
    sshd = await startSshd({ config: ['MaxStartups 10:30:100'] })
    await crowd(Array(100).fill(`${me}@${sshd.address}:${sshd.port}`))
    expect(refusals()).toBeLessThan(10)
  })

  test('100 addresses that are one sshd get through its default MaxStartups', async () => {
    sshd = await startSshd({ address: '0.0.0.0', config: ['MaxStartups 10:30:100'] })
    await crowd(Array.from({ length: 100 }, (_, at) => `${me}@127.0.1.${at + 1}:${sshd.port}`))
    expect(refusals()).toBeGreaterThan(0)
  })
})
