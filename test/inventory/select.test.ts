import { expect, test } from 'vitest'
import { selectHosts, showHost } from '../../src/inventory/index.ts'
import { UsageError } from '../../src/shell/index.ts'

const known = {
  hosts: ['build1'],
  roles: {
    web: ['web1', 'root@web2:2222', 'web1'],
    db: ['db1'],
    all: ['@web', '@db', 'local'],
    snake: ['@tail'],
    tail: ['@snake'],
  },
}

const names = (request: { hosts?: string[]; roles?: string[]; exclude?: string[] }) =>
  selectHosts({ hosts: [], roles: [], exclude: [], ...request }, known).map(showHost)

test('without hosts and roles the settings’ hosts are taken', () => {
  expect(names({})).toEqual(['build1'])
})

test('hosts come in the order they were named, each once', () => {
  expect(names({ hosts: ['web3, web1', 'web3'], roles: ['web'] })).toEqual(['web3', 'web1', 'root@web2:2222'])
})

test('a list may hold roles, and a role other roles', () => {
  expect(names({ hosts: ['db9,@all'] })).toEqual(['db9', 'web1', 'root@web2:2222', 'db1', 'local'])
  expect(names({ roles: ['web,db'] })).toEqual(['web1', 'root@web2:2222', 'db1'])
})

test('one name as two users is two hosts', () => {
  expect(names({ hosts: ['a@web1,b@web1,a@web1'] })).toEqual(['a@web1', 'b@web1'])
})

test('an exclusion leaves open what it does not say', () => {
  expect(names({ roles: ['all'], exclude: ['web2', 'local'] })).toEqual(['web1', 'db1'])
  expect(names({ roles: ['web'], exclude: ['other@web2'] })).toEqual(['web1', 'root@web2:2222'])
  expect(names({ roles: ['all'], exclude: ['@web'] })).toEqual(['db1', 'local'])
})

test('excluding everybody leaves nobody', () => {
  expect(names({ exclude: ['build1'] })).toEqual([])
})

test('an unknown role is answered with the nearest', () => {
  expect(() => names({ roles: ['wev'] })).toThrow(
    expect.objectContaining({ message: 'there is no role "wev"', hint: 'did you mean web?' }),
  )
})

test('constructor and __proto__ are no roles', () => {
  expect(() => names({ roles: ['constructor'] })).toThrow(UsageError)
  expect(() => names({ roles: ['__proto__'] })).toThrow(UsageError)
})

test('a role that contains itself is an error', () => {
  expect(() => names({ roles: ['snake'] })).toThrow('role snake contains itself: snake > tail > snake')
})
