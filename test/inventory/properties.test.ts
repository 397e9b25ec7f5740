import { describe, expect, test } from 'vitest'
import { type Host, Inventory, type KnownHosts } from '../../src/inventory/index.ts'

const host = (known: Partial<KnownHosts>, name: string): Host =>
  new Inventory({ hosts: [], roles: {}, ...known }).host(name)

describe('properties of a role', () => {
  const roles = {
    all: {
      hosts: ['@web', '@db', 'local'],
      user: 'hero',
      env: { LANG: 'C', TZ: 'UTC' },
      vars: { site: 'main' },
    },
    web: { hosts: ['web[1-2]', 'root@web3:2222'], env: { LANG: 'C.UTF-8' }, gateway: 'gate' },
    db: { hosts: ['db1'], user: 'postgres', port: 2222, keyFiles: ['/k'], vars: { site: 'far', size: 3 } },
  }

  test('apply to its hosts; a role within another is nearer', () => {
    expect(host({ roles }, 'web1')).toEqual({
      kind: 'ssh',
      name: 'web1',
      address: 'web1',
      user: 'hero',
      gateway: 'gate',
      roles: ['all', 'web'],
      env: { LANG: 'C.UTF-8', TZ: 'UTC' },
      vars: { site: 'main' },
    })
    expect(host({ roles }, 'db1')).toEqual({
      kind: 'ssh',
      name: 'db1',
      address: 'db1',
      user: 'postgres',
      port: 2222,
      keyFiles: ['/k'],
      roles: ['all', 'db'],
      env: { LANG: 'C', TZ: 'UTC' },
      vars: { site: 'far', size: 3 },
    })
  })

  test('give way to what is typed in the host string', () => {
    expect(host({ roles }, 'other@db1')).toMatchObject({ user: 'other', port: 2222, roles: ['all', 'db'] })
    expect(host({ roles }, 'web3:2222')).toMatchObject({ user: 'hero', port: 2222, roles: ['all', 'web'] })
    expect(host({ roles }, 'other@web3:2222')).not.toHaveProperty('roles')
  })

  test('win over the settings, and give way to what is said on the command line', () => {
    expect(host({ roles, user: 'settings' }, 'db1')).toMatchObject({ user: 'postgres' })
    expect(host({ roles, user: 'settings' }, 'nobody')).toMatchObject({ user: 'settings' })
    expect(host({ roles, user: 'typed', overruled: ['user'] }, 'db1')).toMatchObject({
      user: 'typed',
      port: 2222,
    })
    expect(host({ roles, overruled: ['keyFiles', 'port'] }, 'db1')).not.toHaveProperty('keyFiles')
  })

  test('hold for this machine too, but for how it is reached', () => {
    expect(host({ roles }, 'local')).toEqual({
      kind: 'local',
      name: 'local',
      roles: ['all'],
      env: { LANG: 'C', TZ: 'UTC' },
      vars: { site: 'main' },
    })
  })

  test('of which two roles disagree are an error that says how to choose', () => {
    const two = { web: { hosts: ['h'], user: 'www' }, db: { hosts: ['h', 'x'], user: 'postgres' } }
    expect(() => host({ roles: two }, 'h')).toThrow(
      expect.objectContaining({
        message: 'h is in the roles web ("www") and db ("postgres"): they disagree about user',
        hint: 'say which:  -u NAME  or  NAME@h',
      }),
    )
    expect(host({ roles: two }, 'x')).toMatchObject({ user: 'postgres' })
    expect(host({ roles: two }, 'me@h')).toMatchObject({ user: 'me' })
    expect(host({ roles: two, overruled: ['user'], user: 'me' }, 'h')).toMatchObject({ user: 'me' })
  })

  test('that say the same agree, and two names of vars are no disagreement', () => {
    const two = {
      a: { hosts: ['h'], vars: { x: { y: [1] } } },
      b: { hosts: ['h'], vars: { x: { y: [1] }, z: 2 } },
    }
    expect(host({ roles: two }, 'h')).toMatchObject({ vars: { x: { y: [1] }, z: 2 } })
    const three = { ...two, c: { hosts: ['h'], vars: { x: 1 } } }
    expect(() => host({ roles: three }, 'h')).toThrow('they disagree about vars.x')
  })

  test('do not depend on the order in which roles are written', () => {
    const inner = { hosts: ['h'], user: 'inner' }
    for (const order of [
      ['p', 'q', 'r'],
      ['r', 'q', 'p'],
      ['q', 'r', 'p'],
    ] as const) {
      const all = { p: { hosts: ['@r'], user: 'a' }, q: { hosts: ['@r'], user: 'b' }, r: inner }
      const roles = Object.fromEntries(order.map((name) => [name, all[name]]))
      expect(host({ roles }, 'h')).toMatchObject({ user: 'inner', roles: order })
    }
  })

  test('a role that cannot be made out spoils no run that does not name it', () => {
    const odd = {
      ok: { hosts: ['h'], user: 'a' },
      snake: ['@tail', 'h'],
      tail: ['@snake'],
      gone: ['@nobody', 'h'],
    }
    expect(host({ roles: odd }, 'h')).toMatchObject({ user: 'a', roles: ['ok'] })
  })

  test('one host is one, by whatever way its user is said', () => {
    const inventory = new Inventory({ hosts: [], roles: { web: { hosts: ['h'], user: 'root' } } })
    const hosts = inventory.select({ hosts: ['h,root@h'], roles: [], exclude: [] })
    expect(hosts.map(({ name }) => name)).toEqual(['h'])
    expect(inventory.select({ hosts: ['h'], roles: [], exclude: ['root@h'] })).toEqual([])
  })
})

describe('what the inventory says of a host', () => {
  const entries = new Map([
    ['web1', { address: '10.0.0.5', user: 'admin', port: 2200, vars: { a: 1, b: 1 } }],
  ])
  const roles = {
    web: { hosts: ['web[1-2]'], user: 'www', vars: { a: 2, c: 2 } },
    x: { hosts: ['web1'], user: 'x' },
  }

  test('wins over its roles, and settles what they disagree about', () => {
    expect(host({ roles, entries }, 'web1')).toMatchObject({
      name: 'web1',
      address: '10.0.0.5',
      user: 'admin',
      port: 2200,
      vars: { a: 1, b: 1, c: 2 },
    })
    expect(host({ roles, entries }, 'web2')).toMatchObject({ address: 'web2', user: 'www' })
  })

  test('lets it be left out by name, by address and by wildcard', () => {
    const inventory = new Inventory({ hosts: [], roles, entries })
    const names = (...exclude: readonly string[]) =>
      inventory.select({ hosts: ['web[1-2]'], roles: [], exclude }).map(({ name }) => name)
    expect(names('web1')).toEqual(['web2'])
    expect(names('10.0.0.5')).toEqual(['web2'])
    expect(names('10.*')).toEqual(['web2'])
    expect(names('admin@web1')).toEqual(['web2'])
    expect(names('other@web1')).toEqual(['web1', 'web2'])
  })

  test('makes it known to wildcards', () => {
    const inventory = new Inventory({ hosts: [], roles: {}, entries, others: ['db[1-2]'] })
    expect(inventory.select({ hosts: ['*'], roles: [], exclude: [] }).map(({ name }) => name)).toEqual([
      'db1',
      'db2',
      'web1',
    ])
  })
})
