import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readInventory } from '../../src/config/inventory-text.ts'
import { SettingsError } from '../../src/shell/index.ts'

const read = (answer: unknown) => readInventory(JSON.stringify(answer), 'inventory hosts.py')

function refusal(answer: unknown, text = JSON.stringify(answer)): string {
  try {
    readInventory(text, 'inventory hosts.py')
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  throw new Error('this was accepted')
}

describe('an inventory of ours', () => {
  it('has hosts with what is known of them, and roles', () => {
    const answer = {
      v: 1,
      hosts: {
        web1: { address: '10.0.0.5', user: 'admin', port: 2222, gateway: 'gate', vars: { az: 'a' } },
        web2: null,
      },
      roles: { web: ['web[1-2]'], all: { hosts: ['@web'], user: 'hero', env: { LANG: 'C' } } },
    }
    const inventory = read(answer)
    expect([...inventory.roles]).toEqual([
      ['web', ['web[1-2]']],
      ['all', { hosts: ['@web'], user: 'hero', env: { LANG: 'C' } }],
    ])
    expect([...inventory.entries]).toEqual([
      ['web1', answer.hosts.web1],
      ['web2', {}],
    ])
    expect(inventory.hosts).toEqual([])
  })

  it('may list its hosts', () => {
    expect(read({ hosts: ['web[1-3]', 'db1'] }).hosts).toEqual(['web[1-3]', 'db1'])
  })

  it('is refused with every problem and the way to it', () => {
    const answer = {
      v: 2,
      hosts: {
        'a;b': null,
        'root@x': null,
        'web*': null,
        local: null,
        ok: { adress: 'x', address: '-oProxyCommand=x', port: 0 },
      },
      roles: {
        web: ['x', 5],
        db: { hosts: ['a b'], key_filename: '/etc/shadow' },
        '-x': [],
        self: ['local', 'a'],
      },
      role: {},
    }
    expect(refusal(answer).split('\n')).toEqual([
      '14 problems in the inventory:',
      '  inventory hosts.py: v: v is the version of the format, 1, not 2',
      '  inventory hosts.py: hosts.a;b: a key of hosts is the name of a host, not "a;b"',
      '  inventory hosts.py: hosts.root@x: a key of hosts is the name of a host, not "root@x"',
      '  inventory hosts.py: hosts.web*: a key of hosts is the name of a host, not "web*"',
      '  inventory hosts.py: hosts.local: a key of hosts is the name of a host, not "local"',
      '  inventory hosts.py: hosts.ok.adress: adress is not a setting of hosts.ok',
      '    did you mean address?',
      '  inventory hosts.py: hosts.ok.address: hosts.ok.address is the name of a host, not "-oProxyCommand=x"',
      '  inventory hosts.py: hosts.ok.port: hosts.ok.port is a whole number from 1 to 65535, not 0',
      '  inventory hosts.py: roles.web[1]: entry 2 of roles.web is a host, and 5 without quotes is a number',
      '    quote it: "5"',
      '  inventory hosts.py: roles.db.hosts[0]: entry 1 of roles.db.hosts is a host, not "a b"',
      '    such as  web1, hero@web1:2222, @role  or  local',
      '  inventory hosts.py: roles.db.key_filename: key_filename is not a setting of roles.db',
      expect.stringMatching(/nearest/),
      '  inventory hosts.py: roles.-x: no role can have the name -x',
      '  inventory hosts.py: roles.self: roles.self: local is this machine, which no inventory can name',
      '  inventory hosts.py: role: role is no part of an inventory',
      '    did you mean roles?',
    ])
  })
})

describe('an inventory of Ansible', () => {
  it('has groups as roles, children as members, and variables without those of Ansible', () => {
    const inventory = read({
      _meta: {
        hostvars: {
          web01: {
            ansible_host: '10.0.0.5',
            ansible_user: 'admin',
            ansible_port: '2222',
            az: 'a',
            ansible_password: 'x',
          },
          web02: {},
        },
      },
      all: { children: ['ungrouped', 'web', 'db'] },
      web: {
        hosts: ['web01', 'web02'],
        vars: { http_port: 80, ansible_user: 'www', ansible_ssh_common_args: '-o X' },
      },
      db: ['db1'],
    })
    expect(Object.fromEntries(inventory.entries)).toEqual({
      web01: { address: '10.0.0.5', user: 'admin', port: 2222, vars: { az: 'a' } },
      web02: { vars: {} },
    })
    expect(Object.fromEntries(inventory.roles)).toEqual({
      all: { hosts: ['@web', '@db'], vars: {} },
      web: { hosts: ['web01', 'web02'], user: 'www', vars: { http_port: 80 } },
      db: ['db1'],
    })
  })

  it('is refused where it makes no sense', () => {
    const answer = {
      _meta: { hostvars: { web1: { ansible_port: 'x', ansible_host: '{{ ip }}' }, 'w;x': {} } },
      web: { hosts: 'web1' },
      db: { hosts: ['a'], children: [1] },
    }
    expect(refusal(answer).split('\n').slice(1)).toEqual([
      '  inventory hosts.py: _meta.hostvars.web1.ansible_port: hosts.web1.port is a whole number from 1 to 65535, not "x"',
      '  inventory hosts.py: _meta.hostvars.web1.ansible_host: hosts.web1.address is the name of a host, not "{{ ip }}"',
      '  inventory hosts.py: _meta.hostvars.w;x: a key of hosts is the name of a host, not "w;x"',
    ])
  })
})

test.each([
  ['', 'inventory hosts.py: its answer is no JSON: Unexpected end of JSON input'],
  ['{"hosts": [}', expect.stringContaining('inventory hosts.py: its answer is no JSON: Unexpected token')],
  ['[1]', 'inventory hosts.py: the answer is a map of hosts and roles, not a list'],
  ['"x"', 'inventory hosts.py: the answer is a map of hosts and roles, not a text'],
  ['['.repeat(100_000), expect.stringContaining('no JSON')],
  [`${'['.repeat(5000)}${']'.repeat(5000)}`, 'inventory hosts.py: its answer is nested too deeply'],
])('%.20s is refused', (text, message) => {
  expect(refusal(undefined, text)).toEqual(message)
})

test('property: whatever JSON it is, it is read or refused, and no prototype is touched', () => {
  const key = fc.constantFrom(
    'hosts',
    'roles',
    '_meta',
    'hostvars',
    'children',
    'vars',
    'v',
    '__proto__',
    'constructor',
    'web',
    'ansible_host',
    'ansible_port',
    'user',
    'env',
    'toString',
  )
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      'web1',
      'local',
      '-x',
      '$(id)',
      '@web',
      '../x',
      null,
      1,
      true,
      'a b',
      '__proto__',
    ),
    fc.string(),
  )
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('json'), { maxLength: 4 }),
      fc
        .array(fc.tuple(key, tie('json')), { maxLength: 5 })
        .map((entries) => `\u0000${JSON.stringify(entries)}`),
    ),
  }))
  // JSON.stringify drops __proto__: the text is put together by hand.
  const text = (value: unknown): string => {
    if (typeof value === 'string' && value.startsWith('\u0000')) {
      const entries: readonly [string, unknown][] = JSON.parse(value.slice(1))
      return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${text(each)}`).join(',')}}`
    }
    return Array.isArray(value) ? `[${value.map(text).join(',')}]` : JSON.stringify(value)
  }
  fc.assert(
    fc.property(json, (value) => {
      try {
        const { roles, entries } = readInventory(text(value), 'inventory x')
        for (const name of [...roles.keys(), ...entries.keys()])
          expect(name).not.toMatch(/^[-.]|__proto__|\s|\//)
        for (const each of [...roles.values(), ...entries.values()])
          expect(JSON.stringify(each)).not.toContain('__proto__":')
      } catch (error) {
        expect(error).toBeInstanceOf(SettingsError)
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
    { numRuns: 1500 },
  )
})
