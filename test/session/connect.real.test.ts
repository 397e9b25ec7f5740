import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseHost, type SshHost } from '../../src/inventory/index.ts'
import { connect } from '../../src/session/connect.ts'
import type { ConnectSettings } from '../../src/session/connect-settings.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

let sshd: Sshd

beforeAll(async () => {
  sshd = await startSshd()
})

afterAll(() => sshd.stop())

const sshHost = (text: string): SshHost => {
  const host = parseHost(text)
  if (host.kind !== 'ssh') throw new Error(`${text} is no SSH host`)
  return host
}

const settings = (more: Partial<ConnectSettings> = {}): ConnectSettings => ({
  user: 'root',
  keyFiles: [sshd.keyFile],
  useSshConfig: false,
  forwardAgent: false,
  knownHosts: [sshd.knownHosts],
  hostKeyPolicy: 'strict',
  warn: () => {},
  ...more,
})

test('a known host with a key file is connected', async () => {
  const connection = await connect(sshHost(`${sshd.address}:${sshd.port}`), settings())
  expect(connection.hostKeyFingerprint).toMatch(/^SHA256:/)
  connection.close()
  expect(await connection.closed).toBe('closed')
})
