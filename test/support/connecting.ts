import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { parseHost, type SshHost } from '../../src/inventory/index.ts'
import { connect } from '../../src/session/connect.ts'
import type { ConnectSettings, SshClient } from '../../src/session/connect-settings.ts'
import type { Connection } from '../../src/session/connection.ts'
import { GachetteError } from '../../src/shell/index.ts'
import type { Sshd } from './sshd.ts'

/** A host as typed, which must not be `local`. */
export function sshHost(text: string): SshHost {
  const host = parseHost(text)
  if (host.kind !== 'ssh') throw new Error(`${text} is no SSH host`)
  return host
}

/** Who runs the tests: an sshd that is not root logs in nobody else. */
export const me = userInfo().username

/** The host of a test's server. */
export const hostOf = (sshd: Sshd): SshHost => sshHost(`${me}@${sshd.address}:${sshd.port}`)

let client: SshClient | undefined

/**
 * Runs the same tests over the built-in body and over the system's ssh: `settingsFor` chooses it. (The tests of a file
 * run one after the other.)
 */
export function overBothBodies(tests: (client: SshClient) => void): void {
  describe.each<SshClient>(['built-in', 'openssh'])('%s', (each) => {
    beforeAll(() => {
      client = each
    })
    afterAll(() => {
      client = undefined
    })
    tests(each)
  })
}

/** Settings that can log in to a test's server, and that no file of this machine has a say in. */
export const settingsFor = (
  sshd: Pick<Sshd, 'keyFile' | 'knownHosts'>,
  more: Partial<ConnectSettings> = {},
): ConnectSettings => ({
  keyFiles: [sshd.keyFile],
  useSshConfig: false,
  forwardAgent: false,
  knownHosts: [sshd.knownHosts],
  hostKeyPolicy: 'strict',
  warn: () => {},
  ...(client === undefined ? {} : { client }),
  ...more,
})

/** Connects, and closes at the end of the test. */
export async function connected(
  host: SshHost,
  settings: ConnectSettings,
  signal?: AbortSignal,
): Promise<Connection> {
  const connection = await connect(host, settings, signal)
  onTestFinished(async () => {
    connection.close()
    await connection.closed
  })
  return connection
}

/** The error of a connection that must fail: its code, message and hint. */
export async function refusalOf(
  host: SshHost,
  settings: ConnectSettings,
  signal?: AbortSignal,
): Promise<{ readonly code: string; readonly message: string; readonly hint: string }> {
  const result = await connect(host, settings, signal).catch((error: unknown) => error)
  if (!(result instanceof GachetteError))
    throw new Error(`connected, or a fault of ours: ${String(result)}`, { cause: result })
  return { code: result.code, message: result.message, hint: result.hint ?? '' }
}

/** What a command prints, run on a connection without ado. */
export function outputOf({ client }: Connection, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error || !channel) return reject(error)
      let text = ''
      channel.on('data', (chunk: Buffer) => {
        text += chunk
      })
      channel.stderr.resume()
      channel.on('close', () => resolve(text))
    })
  })
}

/** A folder of this test's own. */
export function testFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-connect-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Makes a key pair; answers the private file. */
export function makeKey(file: string, type = 'ed25519', passphrase = ''): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file])
  return file
}
