import { expect, test } from 'vitest'
import { mayFail } from '../../src/deploy/conduct.ts'
import { fileNameOf } from '../../src/deploy/deployed.ts'
import { membersOf, refuseOddRoles } from '../../src/deploy/members.ts'
import { storeHost } from '../../src/deploy/store-host.ts'
import { UsageError } from '../../src/shell/index.ts'

const PACKAGES = ['shop', 'shop-api', 'shop.db', 'core'].map((name) => ({ name }))
const names = (roles: readonly string[], members = {}) =>
  membersOf(PACKAGES, roles, members).map(({ name }) => name)

test('a host in no role that says so has all packages', () => {
  expect(names([])).toEqual(['shop', 'shop-api', 'shop.db', 'core'])
  expect(names(['web'], { db: ['core'] })).toEqual(['shop', 'shop-api', 'shop.db', 'core'])
})

test('a host of several roles has what any of them has; * and ? are all that is special', () => {
  expect(names(['web', 'db'], { web: ['shop-*'], db: ['core', 'shop?db'] })).toEqual([
    'shop-api',
    'shop.db',
    'core',
  ])
  expect(names(['web'], { web: ['shop.*'] })).toEqual(['shop.db'])
  expect(names(['web'], { web: [] })).toEqual([])
})

test('the host of the store is the one that is named, or the only host of the settings', () => {
  const told = (settings: Record<string, unknown>) => storeHost((name) => settings[name])
  expect(told({ store_host: 'build1', hosts: ['a', 'b'] })).toBe('build1')
  expect(told({ hosts: ['build2'] })).toBe('build2')
  for (const settings of [{}, { hosts: ['a', 'b'] }, { hosts: ['@web'] }])
    expect(() => told(settings)).toThrow(UsageError)
})

test('nobody may fail unless it is said how many', () => {
  expect([mayFail(undefined, 9), mayFail(2, 9), mayFail('25%', 9)]).toEqual([0, 2, 2])
})

test('a host gives a file a name that is a file name everywhere', () => {
  expect([
    fileNameOf('web1'),
    fileNameOf('root@10.0.0.1:22'),
    fileNameOf('../x'),
    fileNameOf('.a b'),
  ]).toEqual(['web1', 'root@10.0.0.1:22', '%2E.%2Fx', '%2Ea%20b'])
})

test('roles whose members the stack does not have are refused: a slip would empty the host', () => {
  const packages = [{ name: 'shop' }, { name: 'core' }]
  expect(() => membersOf(packages, ['web'], { web: ['shpo', 'crew-*'] })).toThrow(
    'the stack has no shpo, no crew-*, which is all that its roles are to have',
  )
  expect(membersOf(packages, ['bare'], { bare: [] })).toEqual([])
})

test('members of a role that neither the settings nor the inventory have are refused', async () => {
  const setting = (name: string) => (name === 'roles' ? { db: ['db1'], web: ['web1'] } : undefined)
  const hosts = async ([role]: readonly string[] = []) => {
    if (role === '@far') return []
    throw new UsageError('there is no role')
  }
  await expect(refuseOddRoles({ dbs: ['core'] }, setting)).rejects.toThrow(
    'members names the role dbs, and there is none; did you mean db?',
  )
  await refuseOddRoles({ db: ['core'] }, setting)
  await refuseOddRoles({ far: ['core'] }, Object.assign(setting, { hosts }))
  await expect(refuseOddRoles({ near: ['core'] }, Object.assign(setting, { hosts }))).rejects.toThrow(
    UsageError,
  )
})
