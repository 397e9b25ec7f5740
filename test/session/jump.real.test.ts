import { readFileSync, writeFileSync } from 'node:fs'
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
import { lives, until } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

overBothBodies(() => {
  let outer: Sshd
  let inner: Sshd
  let third: Sshd
  let target: Sshd

  beforeAll(async () => {
    outer = await startSshd()
    const key = readFileSync(`${outer.keyFile}.pub`, 'utf8')
    inner = await startSshd()
    third = await startSshd()
    target = await startSshd()
    for (const sshd of [inner, third, target]) writeFileSync(join(sshd.dir, 'authorized_keys'), key)
  })

  afterAll(async () => {
    for (const sshd of [outer, inner, third, target]) await sshd.stop()
  })

  const at = (sshd: Sshd) => `${me}@${sshd.address}:${sshd.port}`
  const knownBy = (...servers: readonly Sshd[]): string => {
    const file = join(testFolder(), 'known')
    writeFileSync(file, servers.map((sshd) => readFileSync(sshd.knownHosts, 'utf8')).join(''))
    return file
  }
  const logins = (sshd: Sshd) => sshd.log().split('Accepted publickey').length - 1

  test('a host behind a gateway is reached through it, and several share the way', async () => {
    const settings = settingsFor(outer, { knownHosts: [knownBy(outer, target)], gateway: at(outer) })
    const before = logins(outer)
    const connections = await Promise.all(
      Array.from({ length: 5 }, () => connected(hostOf(target), settings)),
    )
    expect(await Promise.all(connections.map((each) => outputOf(each, 'echo "$SSH_CONNECTION"')))).toEqual(
      Array(5).fill(expect.stringMatching(new RegExp(`${target.address} ${target.port}\n$`))),
    )
    expect(logins(outer) - before).toBe(1)
  })

  test('two hops are gone through in order, each with its own ssh_config', async () => {
    const config = join(testFolder(), 'config')
    const entry = (name: string, sshd: Sshd, more = '') =>
      `Host ${name}\n HostName ${sshd.address}\n Port ${sshd.port}\n User ${me}\n${more}`
    writeFileSync(
      config,
      [
        entry('first', outer),
        entry('second', inner),
        entry('deep', target, ' ProxyJump first,second\n'),
      ].join(''),
    )
    const settings = settingsFor(outer, {
      knownHosts: [knownBy(outer, inner, target)],
      useSshConfig: true,
      sshConfigPath: config,
    })
    const [first, second] = [logins(outer), logins(inner)]
    const connection = await connected(sshHost('deep'), settings)
    expect(await outputOf(connection, 'echo deep')).toBe('deep\n')
    expect([logins(outer) - first, logins(inner) - second]).toEqual([1, 1])
  })

  test('a jump host has a ProxyJump of its own, and Host * does not send it through itself', async () => {
    const config = join(testFolder(), 'config')
    const entry = (name: string, sshd: Sshd, jump: string) =>
      `Host ${name}\n HostName ${sshd.address}\n Port ${sshd.port}\n ProxyJump ${jump}\n`
    writeFileSync(
      config,
      `${entry('second', inner, 'first')}${entry('first', outer, 'first')}Host *\n User ${me}\n ProxyJump second\n`,
    )
    const settings = settingsFor(outer, {
      knownHosts: [knownBy(outer, inner, target)],
      useSshConfig: true,
      sshConfigPath: config,
    })
    const first = logins(outer)
    await connected(hostOf(target), settings)
    expect(logins(outer) - first).toBe(1)
  })

  test('jump hosts in a circle are a clear error', async () => {
    const config = join(testFolder(), 'config')
    writeFileSync(config, 'Host a\n ProxyJump b\nHost b\n ProxyJump a\n')
    const settings = settingsFor(outer, { useSshConfig: true, sshConfigPath: config })
    const refusal = await refusalOf(sshHost('a'), settings)
    expect(refusal.code).toBe('usage')
    expect(refusal.message).toContain('a circle')
  })

  test('the key of each hop is checked', async () => {
    const refusal = await refusalOf(
      hostOf(target),
      settingsFor(outer, { knownHosts: [knownBy(target)], gateway: at(outer) }),
    )
    expect(refusal.code).toBe('host-key-unknown')
    expect(refusal.message).toBe(
      `${target.address}:${target.port}: no way through its jump host: ${outer.address}:${outer.port}: the host key is unknown`,
    )
    const behind = await refusalOf(
      hostOf(target),
      settingsFor(outer, { knownHosts: [knownBy(outer)], gateway: at(outer) }),
    )
    expect(behind.message).toBe(`${target.address}:${target.port}: the host key is unknown`)
  })

  describe('three hops', () => {
    const way = () => [outer, inner, third]
    const through = (knownHosts: readonly string[]) =>
      settingsFor(outer, { knownHosts, gateway: way().map(at).join(',') })

    test('are gone through in order, each logged in to once for several hosts', async () => {
      const before = way().map(logins)
      const settings = through([knownBy(...way(), target)])
      const connections = await Promise.all([1, 2, 3].map(() => connected(hostOf(target), settings)))
      expect(await Promise.all(connections.map((each) => outputOf(each, 'echo deep')))).toEqual(
        Array(3).fill('deep\n'),
      )
      expect(way().map((sshd, hop) => logins(sshd) - (before[hop] ?? 0))).toEqual([1, 1, 1])
    })

    test.each([
      [1, () => outer],
      [2, () => inner],
      [3, () => third],
      [4, () => target],
    ] as const)('a changed key at station %i refuses, and names it', async (_, station) => {
      const changed = station()
      const known = knownBy(...[...way(), target].filter((sshd) => sshd !== changed))
      const other = readFileSync(`${makeKey(join(testFolder(), 'other'))}.pub`, 'utf8')
      writeFileSync(known, `${readFileSync(known, 'utf8')}[${changed.address}]:${changed.port} ${other}`)
      const before = logins(changed)
      const refusal = await refusalOf(hostOf(target), through([known]))
      expect(refusal.code).toBe('host-key-changed')
      expect(refusal.message).toMatch(/: the host key has changed$/)
      expect(refusal.message).toContain(`${changed.address}:${changed.port}: the host key has changed`)
      expect(refusal.hint).toContain(known)
      expect(logins(changed)).toBe(before)
    })
  })

  test('a closed port behind a gateway is said to be the gateway’s finding', async () => {
    const settings = settingsFor(outer, { gateway: at(outer), attempts: 1 })
    const refusal = await refusalOf(sshHost(`${outer.address}:1`), settings)
    expect(refusal.code).toBe('unreachable')
    expect(refusal.message).toContain(`${outer.address}:${outer.port} cannot reach ${outer.address} port 1`)
  })

  test('a gateway that forbids forwarding is not asked twice', async () => {
    const closed = await startSshd({ config: ['AllowTcpForwarding no'] })
    try {
      const refusal = await refusalOf(hostOf(target), settingsFor(closed, { gateway: at(closed) }))
      expect(refusal.message).toContain(`does not forward to ${target.address} port ${target.port}`)
      expect(refusal.hint).toContain('AllowTcpForwarding')
    } finally {
      await closed.stop()
    }
  })

  test('a ProxyCommand carries the connection and ends with it', async () => {
    const config = join(testFolder(), 'config')
    const pidFile = join(testFolder(), 'pid')
    writeFileSync(
      config,
      `Host *\n ProxyCommand sh -c 'echo $$ > ${pidFile}; exec ssh -q -F none -i ${outer.keyFile} -o UserKnownHostsFile=${outer.knownHosts} -W %h:%p ${me}@${outer.address} -p ${outer.port}'\n`,
    )
    const settings = settingsFor(outer, {
      knownHosts: [knownBy(target)],
      useSshConfig: true,
      sshConfigPath: config,
    })
    const connection = await connected(hostOf(target), settings)
    expect(await outputOf(connection, 'echo through')).toBe('through\n')
    connection.close()
    await connection.closed
    const pid = Number(readFileSync(pidFile, 'utf8'))
    await until(() => !lives(pid), 'the ProxyCommand gone')
  })

  test('a ProxyCommand that fails is an error that names it', async () => {
    const config = join(testFolder(), 'config')
    writeFileSync(config, 'Host *\n ProxyCommand false\n')
    const settings = settingsFor(outer, { useSshConfig: true, sshConfigPath: config })
    const refusal = await refusalOf(hostOf(target), settings)
    expect(refusal.code).toBe('unreachable')
    expect(refusal.message).toContain('ProxyCommand')
  })
})
