import { findHosts, findSettings, Secret, SettingsError, UsageError } from 'gachette'
import { expect, test } from 'vitest'
import { settingsFolder } from '../../support/settings-folder.ts'

const files = {
  '.gachetterc': `hosts: ['@web']
roles: {web: {hosts: ['web[1-3]'], user: hero, vars: {size: 2}}, old: [web2]}
secrets: {token: hunter2hunter2}
`,
}

test('a program finds hosts as the command line does, with roles and properties', async () => {
  const { cwd } = settingsFolder(files)
  const names = async (selected: Parameters<typeof findHosts>[0]) =>
    (await findHosts({ cwd, ...selected })).map(({ name }) => name)
  expect(await names({})).toEqual(['web1', 'web2', 'web3'])
  expect(await names({ hosts: ['web[1-3]', 'db'], exclude: ['@old'] })).toEqual(['web1', 'web3', 'db'])
  expect(await names({ hosts: ['web*', 'db'], limit: ['@web'] })).toEqual(['web1', 'web2', 'web3'])
  const [web1] = await findHosts({ cwd, hosts: ['web1'] })
  expect(web1).toEqual({
    kind: 'ssh',
    name: 'web1',
    address: 'web1',
    user: 'hero',
    roles: ['web'],
    vars: { size: 2 },
  })
  await expect(findHosts({ cwd, hosts: ['@none'] })).rejects.toBeInstanceOf(UsageError)
})

test('a program finds the settings, and where each comes from', async () => {
  const { cwd } = settingsFolder(files)
  const setting = await findSettings({ cwd, settings: { user: 'me' } })
  expect([setting('user'), setting('pool_size')]).toEqual(['me', 50])
  expect(setting('secrets.token')).toBeInstanceOf(Secret)
  const of = (key: string) => setting.all?.().find((each) => each.key === key)
  expect(of('user')).toEqual({ key: 'user', value: 'me', source: 'the script' })
  expect(of('secrets.token')).toMatchObject({ value: '***', source: expect.stringContaining('.gachetterc') })
  expect(() => setting('usr')).toThrow(UsageError)
  const wrong = settingsFolder({ '.gachetterc': 'usr: me\n' })
  await expect(findSettings({ cwd: wrong.cwd })).rejects.toBeInstanceOf(SettingsError)
})
