import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connected,
  hostOf,
  makeKey,
  me,
  outputOf,
  overBothBodies,
  refusalOf,
  settingsFor,
  sshHost,
  testFolder,
} from '../support/connecting.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

overBothBodies(() => {
  let sshd: Sshd
  let rsaToo: Sshd

  beforeAll(async () => {
    sshd = await startSshd()
    rsaToo = await startSshd({ hostKeyTypes: ['ed25519', 'rsa', 'ecdsa'] })
  })

  afterAll(async () => {
    await sshd.stop()
    await rsaToo.stop()
  })

  const fingerprintOf = (file: string) =>
    execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).split(' ')[1]
  const name = () => `[${sshd.address}]:${sshd.port}`
  const otherKey = (dir: string) => readFileSync(`${makeKey(join(dir, 'other'))}.pub`, 'utf8').trim()

  describe('strict', () => {
    test('a host with its key in known_hosts is connected, and its fingerprint is known', async () => {
      const connection = await connected(hostOf(sshd), settingsFor(sshd))
      expect(connection.hostKeyFingerprint).toBe(fingerprintOf(join(sshd.dir, 'host_ed25519.pub')))
      expect(await outputOf(connection, 'echo hello')).toBe('hello\n')
    })

    test('a host with a hashed name is found', async () => {
      const file = join(testFolder(), 'known_hosts')
      writeFileSync(file, readFileSync(sshd.knownHosts))
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'pipe' })
      expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|/)
      await connected(hostOf(sshd), settingsFor(sshd, { knownHosts: [file] }))
    })

    test('an unknown host is refused with its fingerprint', async () => {
      const file = join(testFolder(), 'none')
      const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { knownHosts: [file] }))
      expect(refusal).toMatchObject({
        code: 'host-key-unknown',
        message: `${sshd.address}:${sshd.port}: the host key is unknown`,
      })
      const fingerprint = fingerprintOf(join(sshd.dir, 'host_ed25519.pub'))
      expect(refusal.hint.split('\n')[0]).toBe(`offered: ${fingerprint} (ssh-ed25519), not in ${file}`)
      expect(refusal.hint).toContain('--set host_key_policy=accept-new')
    })

    test('a changed key shows both fingerprints, file and line, and the command that removes the old one', async () => {
      const dir = testFolder()
      const file = join(dir, "it's known")
      writeFileSync(file, `# first line\n${name()} ${otherKey(dir)}\n`)
      const settings = settingsFor(sshd, { knownHosts: [file], hostKeyPolicy: 'accept-new' })
      const refusal = await refusalOf(hostOf(sshd), settings)
      expect(refusal.code).toBe('host-key-changed')
      expect(refusal.hint.split('\n').slice(0, 2)).toEqual([
        `offered:  ${fingerprintOf(join(sshd.dir, 'host_ed25519.pub'))} (ssh-ed25519)`,
        `expected: ${fingerprintOf(join(dir, 'other.pub'))} (ssh-ed25519), ${file}:2`,
      ])
      expect(readFileSync(file, 'utf8')).toContain('# first line')
      execFileSync('sh', ['-c', refusal.hint.split('\n').at(-1) ?? 'false'], { stdio: 'pipe' })
      await connected(hostOf(sshd), settings)
    })

    test('a changed key behind a pattern is to be edited by hand', async () => {
      const dir = testFolder()
      const file = join(dir, 'known')
      writeFileSync(file, `[127.*]:* ${otherKey(dir)}\n`)
      const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { knownHosts: [file] }))
      expect(refusal.hint.split('\n').at(-1)).toBe(`  edit ${file}, line 1`)
    })

    test('a revoked key is refused, also where the same file knows it', async () => {
      const file = join(testFolder(), 'known')
      const known = readFileSync(sshd.knownHosts, 'utf8')
      writeFileSync(file, `${known}@revoked * ${known.split(' ').slice(1).join(' ')}`)
      const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { knownHosts: [file] }))
      expect(refusal.code).toBe('host-key-revoked')
      expect(refusal.hint).toContain(`${file}:2`)
    })

    test('a certificate authority for the host is told to be of no use', async () => {
      const dir = testFolder()
      const file = join(dir, 'known')
      writeFileSync(file, `@cert-authority ${name()} ${otherKey(dir)}\n`)
      const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { knownHosts: [file] }))
      expect(refusal.code).toBe('host-key-unknown')
      expect(refusal.hint).toContain(`${file}:1 trusts certificates`)
    })

    test.each(['rsa', 'ecdsa'])('a host known by its %s key only is connected by that key', async (type) => {
      const file = join(testFolder(), 'known')
      const key = readFileSync(join(rsaToo.dir, `host_${type}.pub`), 'utf8')
      writeFileSync(file, `[${rsaToo.address}]:${rsaToo.port} ${key}`)
      const connection = await connected(hostOf(rsaToo), settingsFor(rsaToo, { knownHosts: [file] }))
      expect(connection.hostKeyFingerprint).toBe(fingerprintOf(join(rsaToo.dir, `host_${type}.pub`)))
    })

    test('one of several keys of a host is enough, and a name without the port will do', async () => {
      const dir = testFolder()
      const [file, plain] = [join(dir, 'known'), join(dir, 'plain')]
      writeFileSync(file, `${name()} ${otherKey(dir)}\n${readFileSync(sshd.knownHosts, 'utf8')}`)
      await connected(hostOf(sshd), settingsFor(sshd, { knownHosts: [join(dir, 'missing'), file] }))
      writeFileSync(plain, readFileSync(sshd.knownHosts, 'utf8').replace(name(), sshd.address))
      await connected(hostOf(sshd), settingsFor(sshd, { knownHosts: [plain] }))
    })

    test('HostKeyAlias of ssh_config is the name that is looked up', async () => {
      const dir = testFolder()
      const [file, config] = [join(dir, 'known'), join(dir, 'config')]
      writeFileSync(file, readFileSync(sshd.knownHosts, 'utf8').replace(name(), 'build-alias'))
      writeFileSync(
        config,
        `Host build\n HostName ${sshd.address}\n Port ${sshd.port}\n User ${me}\n HostKeyAlias Build-Alias\n UserKnownHostsFile ${file}\n GlobalKnownHostsFile none\n`,
      )
      const { knownHosts: _none, ...settings } = settingsFor(sshd, {
        useSshConfig: true,
        sshConfigPath: config,
      })
      const connection = await connected(sshHost('build'), settings)
      expect(connection.host.name).toBe('build')
    })
  })

  describe('accept-new', () => {
    test('a new key is written once, in a private file, and known from then on', async () => {
      const file = join(testFolder(), 'new/known_hosts')
      const settings = settingsFor(sshd, { knownHosts: [file], hostKeyPolicy: 'accept-new' })
      await Promise.all(Array.from({ length: 5 }, () => connected(hostOf(sshd), settings)))
      const known = readFileSync(sshd.knownHosts, 'utf8').trim()
      expect(readFileSync(file, 'utf8')).toBe(`${known}\n`)
      expect(statSync(file).mode & 0o777).toBe(0o600)
      await connected(hostOf(sshd), settingsFor(sshd, { knownHosts: [file] }))
    })

    test('a file without an end of line at its end is not spoiled', async () => {
      const file = join(testFolder(), 'known_hosts')
      writeFileSync(file, '# no newline')
      await connected(hostOf(sshd), settingsFor(sshd, { knownHosts: [file], hostKeyPolicy: 'accept-new' }))
      expect(readFileSync(file, 'utf8')).toBe(
        `# no newline\n${readFileSync(sshd.knownHosts, 'utf8').trim()}\n`,
      )
    })

    test('a key is not written when the login fails', async () => {
      const dir = testFolder()
      const file = join(dir, 'known_hosts')
      const stranger = makeKey(join(dir, 'stranger'))
      const refusal = await refusalOf(
        hostOf(sshd),
        settingsFor(sshd, { knownHosts: [file], hostKeyPolicy: 'accept-new', keyFiles: [stranger] }),
      )
      expect(refusal.code).toBe('authentication')
      expect(() => statSync(file)).toThrow('ENOENT')
    })
  })

  test('off connects to anything and warns once per run', async () => {
    const dir = testFolder()
    const file = join(dir, 'known')
    writeFileSync(file, `${name()} ${otherKey(dir)}\n`)
    const warnings: string[] = []
    const settings = settingsFor(sshd, {
      knownHosts: [file],
      hostKeyPolicy: 'off',
      warn: (warning) => warnings.push(warning),
    })
    await connected(hostOf(sshd), settings)
    await connected(hostOf(sshd), settings)
    expect(warnings).toEqual([expect.stringContaining('host keys are not checked (host_key_policy: off)')])
  })

  test('a new key exchange in mid-connection is survived', async () => {
    const chatty = await startSshd({ config: ['RekeyLimit 64K'] })
    try {
      const connection = await connected(hostOf(chatty), settingsFor(chatty))
      expect(await outputOf(connection, 'head -c 1000000 /dev/zero | wc -c')).toBe('1000000\n')
      expect((await outputOf(connection, 'head -c 1000000 /dev/zero')).length).toBe(1_000_000)
    } finally {
      await chatty.stop()
    }
  })
})
