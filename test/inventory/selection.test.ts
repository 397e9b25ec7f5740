import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  Inventory,
  type KnownHosts,
  parseSelection,
  showHost,
  splitAtCommas,
} from '../../src/inventory/index.ts'
import { UsageError } from '../../src/shell/index.ts'

const known: KnownHosts = {
  hosts: ['build1'],
  roles: {
    web: ['web[01-05]', '!web03'],
    db: ['db1', 'root@db2:2222'],
    eu: ['web[01-02],db1'],
    old: ['web02', 'db2:2222'],
    all: ['@web', '@db'],
    some: ['w*1', '!@old'],
  },
}

interface Asked {
  readonly hosts?: readonly string[]
  readonly roles?: readonly string[]
  readonly exclude?: readonly string[]
  readonly limit?: readonly string[]
}

const names = (asked: Asked, about: KnownHosts = known): readonly string[] =>
  new Inventory(about).select({ hosts: [], roles: [], exclude: [], ...asked }).map(showHost)

describe('a selection', () => {
  test.each([
    ['web[1-3]', ['web1', 'web2', 'web3']],
    ['web[1-3],db1', ['web1', 'web2', 'web3', 'db1']],
    ['web[1-3]!web2', ['web1', 'web3']],
    ['web[1-3],!web2', ['web1', 'web3']],
    ['web[1-3], ! web[2-9] ,web2', ['web1', 'web2']],
    ['web[1-3]&web[2-9]', ['web2', 'web3']],
    ['web[1-3],&web[2-9]!web3', ['web2']],
    ['web[1-3]^web[3-4]', ['web1', 'web2', 'web4']],
    ['@web', ['web01', 'web02', 'web04', 'web05']],
    ['@web&@eu', ['web01', 'web02']],
    ['@web&@eu!@old', ['web01']],
    ['@all,!@db', ['web01', 'web02', 'web04', 'web05']],
    ['db9,@db&@eu', ['db1']],
    ['web*', ['web01', 'web02', 'web03', 'web04', 'web05']],
    ['*', ['build1', 'web01', 'web02', 'web03', 'web04', 'web05', 'db1', 'root@db2:2222', 'db2:2222']],
    ['?b1', ['db1']],
    ['db[1-2]*', ['db1', 'root@db2:2222', 'db2:2222']],
    ['@web!web*4', ['web01', 'web02', 'web05']],
    ['web[1-12]!web1*', ['web2', 'web3', 'web4', 'web5', 'web6', 'web7', 'web8', 'web9']],
    ['web[1-12]&web1*', ['web1', 'web10', 'web11', 'web12']],
    ['@some', ['web01']],
  ])('%s means %j', (selection, hosts) => {
    expect(names({ hosts: [selection] })).toEqual(hosts)
  })

  test('after -R is of roles', () => {
    expect(names({ roles: ['web,!old'] })).toEqual(['web01', 'web04', 'web05'])
    expect(names({ roles: ['web&@eu'] })).toEqual(['web01', 'web02'])
  })

  test('is limited and made smaller as a whole', () => {
    expect(names({ hosts: ['web9'], roles: ['web'], limit: ['@eu,web9'], exclude: ['web02'] })).toEqual([
      'web9',
      'web01',
    ])
    expect(names({ roles: ['all'], limit: ['*1'] })).toEqual(['web01', 'db1'])
    expect(names({ roles: ['all'], exclude: ['web*,db2:2222'] })).toEqual(['db1'])
    expect(names({ limit: ['nobody'] })).toEqual([])
  })

  test('without a user of its own means the host under any, when hosts are left in or out', () => {
    expect(names({ roles: ['db'], limit: ['db2:2222'] })).toEqual(['root@db2:2222'])
    expect(names({ hosts: ['db1&root@db1'] })).toEqual(['db1'])
    expect(names({ hosts: ['root@db1&hero@db1'] })).toEqual([])
  })

  test('with the user that the settings say is one host with that without', () => {
    expect(names({ hosts: ['h,root@h,hero@h'] }, { ...known, user: 'root' })).toEqual(['root@h', 'hero@h'])
    expect(names({ hosts: ['h'], exclude: ['root@h'] }, { ...known, user: 'root' })).toEqual([])
    expect(names({ hosts: ['h'], exclude: ['hero@h'] }, { ...known, user: 'root' })).toEqual(['root@h'])
  })

  test.each([
    ['!web1', '"!web1" begins with !, and there is nothing before it to choose from'],
    ['&web1,web2', '"&web1,web2" begins with &, and there is nothing before it to choose from'],
    ['web1!', '"web1!": nothing stands after !'],
    ['web1!,web2', '"web1!,web2": nothing stands after !'],
    ['web1&!web2', '"web1&!web2": nothing stands after &'],
    ['wep*', 'no host that is known fits "wep*"'],
    ['@wev', 'there is no role "wev"'],
    ['web1!@wev', 'there is no role "wev"'],
    ['web[1-2', '"web[1-2" names no hosts: a bracket has no other half, or is within another'],
    ['web1 web2', '"web1 web2" is not a host: that is no host name'],
    ['web*;reboot', 'no host that is known fits "web*;reboot"'],
  ])('%s is refused', (selection, message) => {
    const refused = (): unknown => names({ hosts: [selection] })
    expect(refused).toThrow(UsageError)
    expect(refused).toThrow(message)
  })

  test('what a flag leaves out, another cannot bring back: it is refused', () => {
    expect(() => names({ hosts: ['!web01'], roles: ['web'] })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('-x leaves hosts out of all') }),
    )
    expect(() => names({ roles: ['web'], exclude: ['!web01'] })).toThrow('nothing before it')
  })

  test('a wildcard that fits nobody says who is known', () => {
    expect(() => names({ hosts: ['wep*'] })).toThrow(
      expect.objectContaining({ hint: 'known are: build1,web[01-05],db1,db2:2222' }),
    )
    expect(() => names({ hosts: ['w*'] }, { hosts: [], roles: {} })).toThrow(
      expect.objectContaining({
        hint: 'wildcards stand for hosts that the settings name, and they name none',
      }),
    )
  })

  test('roles that double and double again cost no time', () => {
    const roles = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [
        `r${at}`,
        at === 59 ? ['web[1-9]'] : [`@r${at + 1}`, `@r${at + 1}`],
      ]),
    )
    expect(names({ roles: ['r0'] }, { hosts: [], roles })).toHaveLength(9)
  })

  test('too many hosts are refused, however they are written', () => {
    const much = Array.from({ length: 101 }, (_, at) => `a${at}-[1-10000]`)
    expect(() => names({ hosts: [much.slice(0, 11).join(',')] })).toThrow('more than 100000 hosts are named')
    const same = Array.from({ length: 30 }, (_, at) => `a[${at}-9999]`)
    expect(() => names({ hosts: [same.join(',')] })).toThrow('more than 250000 hosts are named')
  })

  test('a list may have 10,000 lines', () => {
    const lines = Array.from({ length: 10_000 }, (_, at) => `web${at}`)
    const left = Array.from({ length: 5000 }, (_, at) => `!web${at}`)
    expect(names({ hosts: lines })).toHaveLength(10_000)
    expect(names({ roles: ['r'] }, { hosts: [], roles: { r: [...lines, ...left] } })).toHaveLength(5000)
  })

  test('property: whatever is asked for, it is hosts or one clear refusal', () => {
    const piece = fc.constantFrom(
      'web',
      '[1-2]',
      '[',
      ']',
      ',',
      '!',
      '&',
      '^',
      '@web',
      '@',
      '*',
      '?',
      ' ',
      ':22',
      'root@',
      '[::1]',
      '-',
      '1',
    )
    const hostile = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.string(),
    )
    fc.assert(
      fc.property(
        fc.array(hostile, { maxLength: 3 }),
        fc.array(hostile, { maxLength: 2 }),
        (hosts, exclude) => {
          try {
            for (const host of names({ hosts, exclude })) expect(host).not.toMatch(/[\s,!&^*?]|^-/)
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('10,000 hosts', () => {
  const big: KnownHosts = {
    hosts: [],
    roles: { all: ['rack[1-100]n[1-100].example.org'], odd: ['rack[1-99/2]n[1-100].example.org'] },
  }

  test.each([
    ['of a range', { hosts: ['rack[1-100]n[1-100].example.org'] }, 10_000],
    ['less half of them', { hosts: ['@all!@odd'] }, 5000],
    ['by a wildcard', { hosts: ['*.example.org'], exclude: ['@odd'] }, 5000],
  ])('%s are chosen', (_, asked, count) => {
    expect(names(asked, big)).toHaveLength(count)
  })
})

test('commas separate, but not within brackets', () => {
  expect(splitAtCommas('a, web[01-03,07] ,,[::1]:22,!b&c,')).toEqual([
    'a',
    'web[01-03,07]',
    '[::1]:22',
    '!b&c',
  ])
})

test('terms come in order, each with what it does', () => {
  expect(parseSelection(' @web,!web07 & @eu^x, y,')).toEqual([
    { operation: ',', word: '@web' },
    { operation: '!', word: 'web07' },
    { operation: '&', word: '@eu' },
    { operation: '^', word: 'x' },
    { operation: ',', word: 'y' },
  ])
})
