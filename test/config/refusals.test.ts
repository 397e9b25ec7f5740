import { describe, expect, it } from 'vitest'
import { refusalOf, set, settingsFolder } from '../support/settings-folder.ts'

describe('a settings file that is wrong', () => {
  it('is refused with every problem at once, in order of place', async () => {
    const text = `prot: 22
port: "22"
password: 1234
parallel: yes
projects.shop.url: /srv/shop
projects:
  shop:
    base_version: 1.10
    hosts: [a, 12]
    adress: x
  shop.url: y
hosts: [a b, -x]
`
    expect(await refusalOf(text)).toBe(`10 problems in the settings:
  .gachetterc:1:1: prot is not a setting
    did you mean port?
  .gachetterc:2:7: port is a whole number from 1 to 65535, not "22"
    take the quotes away
  .gachetterc:3:11: password is a text, and without quotes this one is a number
    quote it
  .gachetterc:4:11: parallel is true or false, and yes is a mere word in YAML 1.2
    write true
  .gachetterc:8:19: projects.shop.base_version is a version, and 1.10 without quotes is a number
    quote it: "1.10"
  .gachetterc:9:16: entry 2 of projects.shop.hosts is a host, and 12 without quotes is a number
    quote it: "12"
  .gachetterc:10:5: adress is not a setting of a project
    the nearest known one is url
  .gachetterc:11:3: projects.shop.url is given twice, first at .gachetterc:5:1
  .gachetterc:12:9: entry 1 of hosts is a host, not "a b"
    such as  web1, hero@web1:2222, @role  or  local
  .gachetterc:12:14: entry 2 of hosts is a host, not "-x"
    such as  web1, hero@web1:2222, @role  or  local`)
  })

  it('is refused together with every other wrong place', async () => {
    const folder = settingsFolder({
      '.gachetterc': 'timeout: soon',
      '../.gachetterc': '- a list',
      '../.config/gachette/config': 'user: [',
    })
    const refusal = await folder.refusal({
      env: { GACHETTE_PORT: 'abc' },
      overrides: [set('pool-syze', '3'), set('keepalive', '-1')],
    })
    expect(refusal).toBe(`6 problems in the settings:
  .gachetterc:1:10: timeout is a number of seconds from 0.1 to 86400, not "soon"
  ~/.config/gachette/config:1:8: flow sequence in block collection must be sufficiently indented and end with a ]
  ~/.gachetterc:1:1: settings are a map, such as  user: hero
  environment GACHETTE_PORT: port is a whole number from 1 to 65535, not "abc"
  --set: pool-syze is not a setting
    did you mean pool_size?
  --set: keepalive is a number of seconds from 0 to 86400, not "-1"`)
  })

  it.each([
    [
      `user: ${'9'.repeat(200)}`,
      `.gachetterc:1:7: user is a user name, and ${'9'.repeat(77)}... without quotes is a number\nquote it: "${'9'.repeat(77)}..."`,
    ],
    ['user: "a b"', '.gachetterc:1:7: user is a user name, not "a b"'],
    [
      'projects.a.url: "-u https://me:pw@h/x"',
      '.gachetterc:1:17: projects.a.url is a git url, not "-u https://***@h/x"',
    ],
    ['usr: x', '.gachetterc:1:1: usr is not a setting\ndid you mean user?'],
    ['poolSize: 3', '.gachetterc:1:1: poolSize is not a setting\ndid you mean pool_size?'],
    [
      'user: 0012',
      '.gachetterc:1:7: user is a user name, and 0012 without quotes is a number\nquote it: "0012"',
    ],
    [
      'user: true',
      '.gachetterc:1:7: user is a user name, and true without quotes is true or false\nquote it: "true"',
    ],
    [
      'domain: 1234e5',
      `.gachetterc:1:9: domain is a name of letters, digits and . _ + ~ - (a letter or digit first, 128 at most), and 1234e5 without quotes is a number\nquote it: "1234e5"`,
    ],
    ['user: {a: b}', '.gachetterc:1:7: user is a user name, not a map'],
    ['user: ""', '.gachetterc:1:7: user is empty\ngive it a value, or leave it out'],
    ['user: "a\\0b"', '.gachetterc:1:7: user holds a control character'],
    ['port: 70000', '.gachetterc:1:7: port is a whole number from 1 to 65535, not 70000'],
    ['port: 22.5', '.gachetterc:1:7: port is a whole number from 1 to 65535, not 22.5'],
    ['timeout: .inf', '.gachetterc:1:10: timeout is a number of seconds from 0.1 to 86400, not .inf'],
    ['timeout: 10s', '.gachetterc:1:10: timeout is a number of seconds from 0.1 to 86400, not "10s"'],
    ['parallel: "true"', '.gachetterc:1:11: parallel is true or false, not "true"\ntake the quotes away'],
    [
      'parallel: off',
      '.gachetterc:1:11: parallel is true or false, and off is a mere word in YAML 1.2\nwrite false',
    ],
    [
      'host_key_policy: accept_new',
      '.gachetterc:1:18: host_key_policy is one of strict, accept-new, off, not "accept_new"\ndid you mean accept-new?',
    ],
    [
      'meta_path: var/x',
      '.gachetterc:1:12: meta_path is an absolute path on the build machine, without .., not "var/x"',
    ],
    [
      'meta_path: /a/../b',
      '.gachetterc:1:12: meta_path is an absolute path on the build machine, without .., not "/a/../b"',
    ],
    [
      'work_path: //',
      '.gachetterc:1:12: work_path is an absolute path on the build machine, without .., not "//"',
    ],
    [
      'projects.a.path_to_missile: ../x',
      '.gachetterc:1:29: projects.a.path_to_missile is a path inside the project, without .., not "../x"',
    ],
    ['tasks: ~other/x', '.gachetterc:1:8: tasks: only your own ~ is known, not "~other/x"'],
    [
      `trebuchet_bin: 'a "b'`,
      '.gachetterc:1:16: trebuchet_bin opens a quote that it does not close\nor write it as a list',
    ],
    [
      'pip_options: [--timeout, 30]',
      '.gachetterc:1:26: entry 2 of pip_options is a word, and 30 without quotes is a number\nquote it: "30"',
    ],
    [
      'maintainer: me',
      '.gachetterc:1:13: maintainer is a name and an address, not "me"\nsuch as  Jo Doe <jo@example.org>',
    ],
    ['hosts: {a: b}', '.gachetterc:1:8: hosts is a list of hosts, not a map'],
    [
      'roles: {web: [a, b;c]}',
      '.gachetterc:1:18: entry 2 of roles.web: "b;c" is not a host: that is no host name\na host is written  web1 , user@web1:22 , [::1]:22  or  local',
    ],
    ['projects: [a]', '.gachetterc:1:11: projects is a map, from names to what they are, not a list'],
    [
      'projects.shop: /srv/x',
      '.gachetterc:1:16: projects.shop is a map of url, path_to_missile, builder, base_version and hosts, not a text',
    ],
    ['projects: {12: {}}', '.gachetterc:1:12: the key 12 is no text\nquote it: "12"'],
    [
      'projects: {"a b": {url: /x}}',
      '.gachetterc:1:12: no project can have the name a b\nnames are made of letters, digits and . _ + ~ - (a letter or digit first, 128 at most)',
    ],
    ['secrets: {a: [1]}', '.gachetterc:1:14: secrets.a is a text, not a list'],
    ['roles: {constructor: [a]}', '.gachetterc:1:9: no role can have the name constructor'],
    ['projects.__proto__.url: /x', '.gachetterc:1:1: no project can have the name __proto__'],
    ['__proto__: {user: x}', '.gachetterc:1:1: __proto__ is not a setting\nthe nearest known one is port'],
    ['port: 1\nport: 2', '.gachetterc:2:1: this key is given twice, first at .gachetterc:1:1'],
    ['? {a: b}\n: c', '.gachetterc:1:3: a key is a single word'],
    ['just text', '.gachetterc:1:1: settings are a map, such as  user: hero'],
    ['%YAML 1.1\n---\nparallel: yes', '.gachetterc:1:1: settings are YAML 1.2\ndelete the line %YAML'],
    ['a: 1\n---\nb: 1', undefined],
    [
      'user: !!js/function x',
      '.gachetterc:1:7: a ! starts a tag, and settings have none\nif it is a text, quote it',
    ],
    [
      'user: *ref',
      '.gachetterc:1:7: no anchor of this name stands above\na text that starts with * needs quotes',
    ],
    ['hosts: [@web]', '.gachetterc:1:9: a text cannot start with this character\nif it is a text, quote it'],
    ['user:\n\t- x', undefined],
  ])('%j', async (text, expected) => {
    const refusal = await refusalOf(text)
    if (expected !== undefined) expect(refusal).toBe(expected)
  })

  it.each([
    'password: hunter2: x',
    'password: *hunter2',
    'password: !hunter2 x',
    'password: "hunter2',
    'password: @hunter2',
    'password: %hunter2',
    '%hunter2\n---\npassword: x',
    'password: "\\hunter2"',
    'password: "x"hunter2',
    'password: [hunter2]',
    'password: {hunter2: x}',
    'secrets: hunter2',
    'password: |hunter2',
    'password: &hunter2\n',
    'password: hunter2\npassword: hunter2',
  ])('never shows a piece of a secret: %j', async (text) => {
    const folder = settingsFolder({ '.gachetterc': text })
    const said = await folder.refusal().catch(() => 'accepted')
    expect(said).not.toContain('hunter2')
  })
})
