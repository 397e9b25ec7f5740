import { describe, expect, it } from 'vitest'
import { loadText, refusalOf, settingsFolder } from '../support/settings-folder.ts'

describe('a role', () => {
  it('is a list of hosts, in every notation of the command line', async () => {
    const { settings } = await loadText(`roles:
  web: [web1, "web[02-20]", "!web07"]
  eu: "web[1-3]&@web"
  all: ["@web", "@eu", local, "[::1]:22"]
`)
    expect(settings.roles).toEqual({
      web: ['web1', 'web[02-20]', '!web07'],
      eu: ['web[1-3]&@web'],
      all: ['@web', '@eu', 'local', '[::1]:22'],
    })
  })

  it('is a map of its hosts and what holds for them', async () => {
    const folder = settingsFolder({
      '.gachetterc': `roles:
  db:
    hosts: ["db[1-3]", "!db2"]
    user: postgres
    port: 2222
    gateway: gate1,hero@gate2
    key_filename: keys/db
    env: {PGHOST: /run/pg, EMPTY: ""}
    vars: {size: 3, tags: [a, {b: null}], on: true}
  bare: {user: hero}
`,
    })
    const { settings, get, origins } = await folder.load()
    const db = {
      hosts: ['db[1-3]', '!db2'],
      user: 'postgres',
      port: 2222,
      gateway: 'gate1,hero@gate2',
      key_filename: [`${folder.cwd}/keys/db`],
      env: { PGHOST: '/run/pg', EMPTY: '' },
      vars: { size: 3, tags: ['a', { b: null }], on: true },
    }
    expect(settings.roles).toEqual({ db, bare: { user: 'hero' } })
    expect(get('roles.db')).toEqual(db)
    expect(origins().find(({ key }) => key === 'roles.db')).toEqual({
      key: 'roles.db',
      value: db,
      source: '.gachetterc:2:3',
    })
  })

  it('of a nearer file replaces the whole of the farther one', async () => {
    const folder = settingsFolder({
      '.gachetterc': 'roles: {db: {hosts: [near]}}',
      '../.gachetterc': 'roles: {db: {hosts: [far], user: root}, web: [w]}',
    })
    expect((await folder.load()).settings.roles).toEqual({ db: { hosts: ['near'] }, web: ['w'] })
  })

  it('is refused with every problem at once, each at its place', async () => {
    const text = `roles:
  web:
    host: [a]
    hosts: ["web[3-1]", b;c]
    user: -x
    port: "22"
    gateway: "a b"
    env: {1A: x, OK: 2}
    vars: {__proto__: {x: 1}, constructor: 1}
  db: ["!db1"]
  x: {hosts: {a: b}}
hosts: ["web[1-"]
`
    expect(await refusalOf(text)).toBe(`13 problems in the settings:
  .gachetterc:3:5: host is not a setting of roles.web
    did you mean hosts?
  .gachetterc:4:13: entry 1 of roles.web.hosts: "web[3-1]" names no hosts: 3-1 runs backwards
    a range is written  web[01-20] , web[1,3,5-7]  or  rack[1-3]n[1-4]
  .gachetterc:4:25: entry 2 of roles.web.hosts: "b;c" is not a host: that is no host name
    a host is written  web1 , user@web1:22 , [::1]:22  or  local
  .gachetterc:5:11: roles.web.user is a user name, not "-x"
  .gachetterc:6:11: roles.web.port is a whole number from 1 to 65535, not "22"
    take the quotes away
  .gachetterc:7:14: roles.web.gateway: "a b" is not a host: that is no host name
    a host is written  web1 , user@web1:22 , [::1]:22  or  local
  .gachetterc:8:11: roles.web.env: 1A cannot be a name here
  .gachetterc:8:22: roles.web.env.OK is a text, and 2 without quotes is a number
    quote it: "2"
  .gachetterc:9:12: roles.web.vars: __proto__ cannot be a name here
  .gachetterc:9:31: roles.web.vars: constructor cannot be a name here
  .gachetterc:10:8: roles.db: "!db1" begins with !, and there is nothing before it to choose from
    hosts are chosen from left to right:  '@web,!web07'  or  '@web&@eu' ; -x leaves hosts out of all
  .gachetterc:11:14: roles.x.hosts is a list of hosts, not a map
  .gachetterc:12:9: entry 1 of hosts: "web[1-" names no hosts: a bracket has no other half, or is within another
    a range is written  web[01-20] , web[1,3,5-7]  or  rack[1-3]n[1-4]`)
  })
})
