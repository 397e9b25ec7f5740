import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Secret, sh } from '../../src/shell/index.ts'
import {
  connected,
  hostOf,
  makeKey,
  outputOf,
  refusalOf,
  settingsFor,
  testFolder,
} from '../support/connecting.ts'
import { passwordServer } from '../support/password-server.ts'
import { lives, pidsIn, sessionWith, startClient, until } from '../support/sessions.ts'
import { type Sshd, type SshdOptions, startSshd } from '../support/sshd.ts'

const OPENSSH = { client: 'openssh' } as const

async function server(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await startSshd(options)
  onTestFinished(() => sshd.stop())
  return sshd
}

/** The processes of this machine whose arguments, or whose environment, hold a text. */
function processesWith(text: string, where: 'cmdline' | 'environ' = 'cmdline'): number[] {
  const holds = (pid: number): boolean => {
    try {
      return (
        pid !== process.pid && lives(pid) && readFileSync(`/proc/${pid}/${where}`, 'latin1').includes(text)
      )
    } catch {
      return false
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter(holds)
}

/** Private folders are made there until the test is over; answers what is left in it. */
function ownTmp(): () => string[] {
  const before = process.env.TMPDIR
  const dir = testFolder()
  process.env.TMPDIR = dir
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  const ours = 'gachette-ssh-'
  return () => [
    ...readdirSync(dir).filter((name) => name.startsWith(ours)),
    ...processesWith(join(dir, ours)).map(String),
  ]
}

/** Signs a public key; the certificate lies beside it, and its path is the answer. */
function sign(authority: string, key: string, ...options: readonly string[]): string {
  execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'test', ...options, `${key}.pub`], {
    stdio: 'pipe',
  })
  return `${key}-cert.pub`
}

describe('a user certificate', () => {
  async function trusting() {
    const dir = testFolder()
    const authority = makeKey(join(dir, 'authority'))
    const sshd = await server({ config: [`TrustedUserCAKeys ${authority}.pub`, 'AuthorizedKeysFile none'] })
    return { sshd, authority, key: makeKey(join(dir, 'user')) }
  }

  test('is refused by the built-in body with the setting that helps, and logs in with it', async () => {
    const { sshd, authority, key } = await trusting()
    const certificate = sign(authority, key, '-n', 'root,test')
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { keyFiles: [key] }))
    expect(refusal.code).toBe('authentication')
    expect(refusal.hint).toContain(
      `${certificate} is a certificate, which only the ssh program can use: set  ssh_client: openssh`,
    )
    const connection = await connected(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, keyFiles: [key] }))
    expect(await outputOf(connection, 'echo in')).toBe('in\n')
  })

  test('that ssh_config names is told of, and used', async () => {
    const { sshd, authority, key } = await trusting()
    const elsewhere = join(testFolder(), 'certificate')
    writeFileSync(elsewhere, readFileSync(sign(authority, key, '-n', 'root')))
    execFileSync('rm', [`${key}-cert.pub`])
    const config = join(testFolder(), 'config')
    writeFileSync(config, `Host *\n IdentityFile ${key}\n CertificateFile ${elsewhere}\n`)
    const settings = { keyFiles: [], useSshConfig: true, sshConfigPath: config }
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, settings))
    expect(refusal.hint).toContain(`ssh_config says CertificateFile ${elsewhere}, which only the ssh program`)
    await connected(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, ...settings }))
  })

  test('that has expired is refused', async () => {
    const { sshd, authority, key } = await trusting()
    sign(authority, key, '-n', 'root', '-V', '20200101:20200102')
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, keyFiles: [key] }))
    expect(refusal.code).toBe('authentication')
    expect(refusal.hint).toContain(`tried: ${key}`)
  })
})

describe('a host certificate', () => {
  async function certified(...options: readonly string[]) {
    const dir = testFolder()
    const authority = makeKey(join(dir, 'authority'))
    const hostKey = makeKey(join(dir, 'host'), 'ecdsa')
    const certificate = sign(authority, hostKey, '-h', ...options)
    const sshd = await server({ config: [`HostKey ${hostKey}`, `HostCertificate ${certificate}`] })
    const known = join(dir, 'known')
    writeFileSync(known, `@cert-authority * ${readFileSync(`${authority}.pub`, 'utf8')}`)
    return { sshd, known }
  }

  test('is checked by ssh; the built-in body refuses the host and names the setting', async () => {
    const { sshd, known } = await certified()
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { knownHosts: [known] }))
    expect(refusal.code).toBe('host-key-unknown')
    expect(refusal.hint).toContain(
      `${known}:1 trusts certificates, which the built-in client cannot check: set  ssh_client: openssh`,
    )
    await connected(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, knownHosts: [known] }))
  })

  test.each([
    ['for another host', ['-n', 'other.example']],
    ['that has expired', ['-V', '20200101:20200102']],
  ])('%s is refused', async (_, options) => {
    const { sshd, known } = await certified(...options)
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, knownHosts: [known] }))
    expect(refusal.code).toBe('host-key-unknown')
  })
})

test('a host that wants a post-quantum key exchange is told of by one body and reached by the other', async () => {
  const sshd = await server({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] })
  const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { attempts: 1 }))
  expect(refusal.code).toBe('unreachable')
  expect(refusal.hint).toContain('ssh_client: openssh')
  await connected(hostOf(sshd), settingsFor(sshd, OPENSSH))
})

test('without an ssh program it is a usage error that says what is missing', async () => {
  const sshd = await server()
  const path = process.env.PATH
  process.env.PATH = testFolder()
  onTestFinished(() => {
    process.env.PATH = path
  })
  const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, OPENSSH))
  expect(refusal).toMatchObject({
    code: 'usage',
    message: 'ssh_client: openssh  needs the ssh program, and there is none here',
  })
})

test('a path with blanks, quotes and tokens is a path; one that ssh would read more into is refused', async () => {
  const sshd = await server()
  const dir = join(testFolder(), "it's %h 100% # odd, =")
  mkdirSync(dir)
  const key = join(dir, 'key')
  writeFileSync(key, readFileSync(sshd.keyFile), { mode: 0o600 })
  const known = join(dir, 'known hosts')
  writeFileSync(known, readFileSync(sshd.knownHosts))
  await connected(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, keyFiles: [key], knownHosts: [known] }))
  for (const hostile of ['/tmp/a"b', '/tmp/$' + '{HOME}', '/tmp/a\nProxyCommand x', '/tmp/a\\']) {
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, keyFiles: [hostile] }))
    expect(refusal.code).toBe('usage')
  }
})

test('a password is in no argument and no variable of any process', async () => {
  const server = await passwordServer({ method: 'password', password: 'correct-horse-battery' })
  const found: number[] = []
  const look = setInterval(() => {
    for (const where of ['cmdline', 'environ'] as const) found.push(...processesWith('correct-horse', where))
  }, 5)
  const settings = { ...server.settings, ...OPENSSH, password: new Secret('correct-horse-battery') }
  await connected(server.host, settings)
  clearInterval(look)
  expect(found).toEqual([])
})

describe('nothing is left behind', () => {
  test('by a session that is closed, nor by a login that failed', async () => {
    const left = ownTmp()
    const sshd = await server()
    const mine = `-- ${sshd.address}`.replaceAll(' ', '\0')
    const session = await sessionWith(sshd, OPENSSH)
    expect(processesWith(mine)).toHaveLength(1)
    const running = session.exec(sh`sleep 600`)
    await session.close()
    expect((await running).outcome.type).toBe('cancelled')
    await until(() => processesWith(mine).length === 0, 'ssh gone')
    const stranger = makeKey(join(testFolder(), 'stranger'))
    await refusalOf(hostOf(sshd), settingsFor(sshd, { ...OPENSSH, keyFiles: [stranger] }))
    expect(processesWith(mine)).toEqual([])
    await until(() => left().length === 0, 'the private folder and its warden gone')
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)('by %s, in mid-command and with a daemon', async (signal) => {
    const left = ownTmp()
    const sshd = await server()
    const mine = `-- ${sshd.address}`.replaceAll(' ', '\0')
    const file = join(testFolder(), 'pids')
    const line = `sleep 600 & echo $! >>${file}; setsid sleep 600 & echo $! >>${file}; wait`
    const client = startClient(hostOf(sshd), settingsFor(sshd, OPENSSH), [{ line }])
    const [child = 0, daemon = 0] = await pidsIn(file, 2)
    onTestFinished(() => void process.kill(daemon))
    const [ssh = 0] = processesWith(mine)
    expect(lives(ssh)).toBe(true)
    client.kill(signal)
    await until(() => !lives(child), 'the command gone', 3000)
    // The daemon holds the channel open, which would keep ssh for as long as it likes.
    await until(() => !lives(ssh), 'ssh gone', 3000)
    expect(lives(daemon)).toBe(true)
    await until(() => left().length === 0, 'the private folder and its warden gone')
  })

  test('by SIGKILL while it is connecting', { timeout: 120_000 }, async () => {
    const left = ownTmp()
    const sshd = await server()
    process.kill(sshd.pid, 'SIGSTOP')
    const mine = `-- ${sshd.address}`.replaceAll(' ', '\0')
    const client = startClient(hostOf(sshd), settingsFor(sshd, OPENSSH), [{ line: 'true' }])
    await until(() => processesWith(mine).length > 0, 'ssh started', 60_000)
    client.kill('SIGKILL')
    await until(() => processesWith(mine).length === 0, 'ssh gone')
    process.kill(sshd.pid, 'SIGCONT')
    await until(() => left().length === 0, 'the private folder and its warden gone')
  })
})

test('what ssh_config forwards, runs locally or remotely is not for us', async () => {
  const sshd = await server()
  const dir = testFolder()
  const config = join(dir, 'config')
  writeFileSync(
    config,
    [
      'Host *',
      ` LocalForward ${join(dir, 'socket')} localhost:1`,
      ' PermitLocalCommand yes',
      ` LocalCommand touch ${join(dir, 'local')}`,
      ` RemoteCommand touch ${join(dir, 'remote')}`,
      ' RequestTTY force',
      ` ControlPath ${join(dir, 'control')}`,
      ' ControlMaster auto',
      ' StrictHostKeyChecking no',
      ' LogLevel QUIET',
      ' StdinNull yes',
    ].join('\n'),
  )
  const settings = settingsFor(sshd, { ...OPENSSH, useSshConfig: true, sshConfigPath: config })
  const connection = await connected(hostOf(sshd), settings)
  expect(await outputOf(connection, 'echo out')).toBe('out\n')
  expect(readdirSync(dir)).toEqual(['config'])
  const nobody = join(dir, 'nobody')
  const refusal = await refusalOf(hostOf(sshd), { ...settings, knownHosts: [nobody] })
  expect(refusal.code).toBe('host-key-unknown')
  expect(existsSync(nobody)).toBe(false)
})
