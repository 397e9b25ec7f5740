import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { onTestFinished } from 'vitest'
import type { SshHost } from '../../src/inventory/index.ts'
import type { ConnectSettings } from '../../src/session/connect-settings.ts'
import { makeKey, sshHost, testFolder } from './connecting.ts'
import { loopbackAddress } from './sshd.ts'

interface PasswordServer {
  readonly host: SshHost
  readonly settings: ConnectSettings
}

/** ssh2's server, letting in by one password: no account of this machine is touched. Ends with the test. */
export async function passwordServer(options: {
  readonly method: 'password' | 'keyboard-interactive'
  readonly password: string
  readonly question?: string
}): Promise<PasswordServer> {
  const dir = testFolder()
  const key = makeKey(join(dir, 'host'))
  const { method, password, question = 'Password: ' } = options
  const clients = new Set<ssh2.Connection>()
  const server = new ssh2.Server({ hostKeys: [readFileSync(key)] }, (client) => {
    clients.add(client)
    client.on('error', () => {})
    client.on('authentication', (attempt) => {
      if (attempt.method !== method) return attempt.reject([method])
      if (attempt.method === 'password')
        return attempt.password === password ? attempt.accept() : attempt.reject([method])
      if (attempt.method === 'keyboard-interactive')
        attempt.prompt([{ prompt: question, echo: false }], (answers) =>
          answers[0] === password ? attempt.accept() : attempt.reject([method]),
        )
    })
  })
  const address = loopbackAddress()
  const port = await new Promise<number>((listening) => {
    server.listen(0, address, () => {
      const bound = server.address()
      listening(typeof bound === 'object' && bound ? bound.port : 0)
    })
  })
  onTestFinished(() => {
    for (const client of clients) client.end()
    server.close()
  })
  const known = join(dir, 'known_hosts')
  writeFileSync(known, `[${address}]:${port} ${readFileSync(`${key}.pub`, 'utf8')}`)
  return {
    host: sshHost(`root@${address}:${port}`),
    settings: {
      keyFiles: [],
      useSshConfig: false,
      forwardAgent: false,
      knownHosts: [known],
      hostKeyPolicy: 'strict',
      warn: () => {},
    },
  }
}
