import { expect, test } from 'vitest'
import { knownHosts } from '../../../src/cli/complete/hosts.ts'
import { loadText } from '../../support/settings-folder.ts'

test('hosts are offered one by one, whichever way they are written, and roles beside them', async () => {
  const { settings } = await loadText(`hosts: [hero@build1, "w*"]
roles:
  web: ["web[01-03]", "!web02"]
  db: {hosts: "db1,@web", user: postgres}
  far: {user: hero}
projects: {shop: {url: u, hosts: [build2]}}
`)
  expect(knownHosts(settings)).toEqual([
    'hero@build1',
    'web01',
    'web02',
    'web03',
    'db1',
    'build2',
    '@web',
    '@db',
    '@far',
    'local',
  ])
})
