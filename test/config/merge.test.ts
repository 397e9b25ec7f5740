import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadText, set, settingsFolder } from '../support/settings-folder.ts'

describe('merging', { timeout: 30_000 }, () => {
  it('takes the nearest file, then the environment, then overrides, and remembers which', async () => {
    const folder = settingsFolder({
      '../.gachetterc': 'user: home\nport: 1\ntimeout: 1\nkeepalive: 1\ndomain: d1',
      '../.config/gachette/config.yml': 'port: 2\ntimeout: 2\nkeepalive: 2',
      '.gachetterc': 'timeout: 3\nkeepalive: 3',
    })
    const loaded = await folder.load({
      env: { GACHETTE_KEEPALIVE: '4', GACHETTE_DOMAIN: 'd4' },
      overrides: [set('domain', 'd5'), { key: 'domain', value: 'd6', source: '--domain' }],
    })
    const held = ['user', 'port', 'timeout', 'keepalive', 'domain', 'work_path'].map((key) => [
      key,
      loaded.get(key),
      loaded.originOf(key),
    ])
    expect(held).toEqual([
      ['user', 'home', '~/.gachetterc:1:1'],
      ['port', 2, '~/.config/gachette/config.yml:1:1'],
      ['timeout', 3, '.gachetterc:1:1'],
      ['keepalive', 4, 'environment GACHETTE_KEEPALIVE'],
      ['domain', 'd6', '--domain'],
      ['work_path', '/var/gachette', 'default'],
    ])
  })

  it('merges maps by name and replaces lists', async () => {
    const folder = settingsFolder({
      '../.gachetterc':
        'hosts: [a, b]\nroles: {web: [w1, w2], db: [d1]}\nprojects.shop: {url: /far, builder: missile}',
      '.gachetterc': 'hosts: [c]\nroles.web: [w3]\nprojects.shop.url: /near',
    })
    const { settings } = await folder.load()
    expect(settings.hosts).toEqual(['c'])
    expect(settings.roles).toEqual({ web: ['w3'], db: ['d1'] })
    expect(settings.projects.shop).toEqual({
      url: '/near',
      builder: 'missile',
      path_to_missile: undefined,
      base_version: undefined,
      hosts: undefined,
    })
  })

  it('lets a value of nothing take back what a farther file says', async () => {
    const folder = settingsFolder({
      '../.gachetterc': 'gateway: far\ntimeout: 5\nroles: {web: [a]}\nprojects.shop.url: /far',
      '.gachetterc': 'gateway:\ntimeout: ~\nroles: {web: null}\nprojects.shop.url:',
    })
    const loaded = await folder.load()
    expect([loaded.get('gateway'), loaded.get('timeout'), loaded.settings.roles]).toEqual([undefined, 10, {}])
    expect([loaded.settings.projects, loaded.originOf('gateway')]).toEqual([{}, '.gachetterc:1:1'])
    expect((await folder.load({ overrides: [set('timeout', '7'), set('timeout', '')] })).get('timeout')).toBe(
      10,
    )
  })

  it('holds the law: a key has the value of the nearest layer that gives it', async () => {
    const ports = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(fc.tuple(ports, ports, ports, ports, ports), async (layers) => {
        const [home, global, project, env, flag] = layers
        const file = (port: number | undefined) => (port === undefined ? '# nothing' : `port: ${port}`)
        const folder = settingsFolder({
          '../.gachetterc': file(home),
          '../.config/gachette/config': file(global),
          '.gachetterc': file(project),
        })
        const loaded = await folder.load({
          env: env === undefined ? {} : { GACHETTE_PORT: String(env) },
          overrides: flag === undefined ? [] : [set('port', String(flag))],
        })
        expect(loaded.settings.port).toBe(layers.findLast((port) => port !== undefined))
      }),
      { numRuns: 30 },
    )
  })
})

describe('values', () => {
  it('are taken as they are written where that makes sense', async () => {
    const { settings } = await loadText(`
user: jo@corp.example
hosts: web1, web[01-03,07], hero@[::1]:22
projects.shop: {url: /srv/my git/shop.git, base_version: "1.10"}
pip_options: -i http://x 'a b' "c\\"d" $HOME
trebuchet_bin: [python2, /opt/a b/trebuchet]
meta_path: //var//gachette/
work_path: /srv/./w
`)
    expect(settings).toMatchObject({
      user: 'jo@corp.example',
      hosts: ['web1', 'web[01-03,07]', 'hero@[::1]:22'],
      projects: { shop: { url: '/srv/my git/shop.git', base_version: '1.10' } },
      pip_options: ['-i', 'http://x', 'a b', 'c"d', '$HOME'],
      trebuchet_bin: ['python2', '/opt/a b/trebuchet'],
      meta_path: '/var/gachette',
      debs_path: '/var/gachette/debs',
      work_path: '/srv/w',
    })
  })

  it('have the defaults of the guide', async () => {
    const { settings } = await loadText('')
    expect(settings).toEqual({
      user: undefined,
      hosts: [],
      inventory: [],
      inventory_timeout: 30,
      inventory_cache: 60,
      port: undefined,
      key_filename: [],
      password: undefined,
      ssh_client: 'built-in',
      use_ssh_config: true,
      ssh_config_path: undefined,
      gateway: undefined,
      forward_agent: false,
      known_hosts: undefined,
      host_key_policy: 'strict',
      timeout: 10,
      connection_attempts: 3,
      keepalive: 15,
      parallel: false,
      pool_size: 50,
      batch: undefined,
      canary: 0,
      max_fail: undefined,
      command_timeout: 0,
      reconnect: 600,
      sudo_user: 'root',
      sudo_password: undefined,
      warn_only: false,
      skip_bad_hosts: false,
      runs_kept: 200,
      log_limit: 1024,
      tasks: undefined,
      meta_path: '/var/gachette',
      debs_path: '/var/gachette/debs',
      work_path: '/var/gachette',
      domain: 'main',
      builder: 'auto',
      trebuchet_bin: ['trebuchet'],
      version_scheme: 'dated',
      init: 'systemd',
      compat: 'none',
      maintainer: 'Gachette <gachette@localhost>',
      pip_options: [],
      store_host: undefined,
      allowed_signers: undefined,
      signatures_needed: 1,
      signing_key: undefined,
      gpg_key: undefined,
      roles: {},
      members: {},
      projects: {},
      secrets: {},
    })
  })
})

describe('dotted keys', () => {
  it('equal the nested form at every level, also for names with dots', async () => {
    const nested = 'projects:\n  my.shop:\n    url: /x\n    hosts: [b1]\nroles:\n  web.eu: [w1]\n'
    const forms = [
      nested,
      'projects.my.shop.url: /x\nprojects.my.shop.hosts: [b1]\nroles.web.eu: [w1]',
      'projects: {my.shop.url: /x, my.shop.hosts: [b1]}\nroles: {web.eu: [w1]}',
      'projects.my.shop: {url: /x, hosts: [b1]}\nroles.web.eu: w1',
    ]
    const loaded = await Promise.all(forms.map(loadText))
    for (const { settings } of loaded) expect(settings).toEqual(loaded[0]?.settings)
    expect(loaded[1]?.get('projects.my.shop.url')).toBe('/x')
    expect(loaded[1]?.get('roles.web.eu')).toEqual(['w1'])
  })

  it('leave a project its name, even if that ends like a setting', async () => {
    const { settings } = await loadText(
      'projects: {my.url: {url: /a}, hosts: {url: /b}}\nprojects.x.url.url: /c',
    )
    const urls = Object.entries(settings.projects).map(([name, { url }]) => [name, url])
    expect(urls).toEqual([
      ['my.url', '/a'],
      ['hosts', '/b'],
      ['x.url', '/c'],
    ])
  })

  it('answer undefined for what is not set, and name the nearest for what no setting is called', async () => {
    const { get } = await loadText('projects.shop.url: /x')
    for (const name of ['user', 'projects.shop.hosts', 'projects.none.url', 'projects.none', 'roles.none'])
      expect(get(name)).toBeUndefined()
    for (const name of [
      'projects.__proto__.url',
      'projects...url',
      'roles.constructor',
      'projects.constructor',
    ])
      expect(get(name)).toBeUndefined()
    expect(() => get('usr')).toThrow('usr is not a setting')
    expect(() => get('__proto__')).toThrow('__proto__ is not a setting')
    expect(() => get('projects.shop.urll')).toThrow('urll is not a setting of a project')
    expect(get('projects.shop')).toMatchObject({ url: '/x' })
  })
})

describe('show_config', () => {
  it('lists every setting and every name given, with its place, and masks secrets', async () => {
    const folder = settingsFolder({
      '.gachetterc':
        'password: pw1\nsecrets.token: pw2\nprojects.shop.url: https://me:pw3@h/x@y\nroles.web: [w1]\n' +
        'pip_options: --index-url http://pw4@host/simple\nprojects.s2.url: ssh://git:pw5@h/x\n',
    })
    const loaded = await folder.load({ env: { GACHETTE_SECRETS__OTHER: 'pw6' } })
    const origins = loaded.origins()
    expect(JSON.stringify([origins, loaded.settings.secrets, loaded.settings.password])).not.toMatch(
      /pw\d(?!@h\/)/,
    )
    expect(origins.filter(({ source }) => source !== 'default')).toEqual([
      { key: 'password', value: '***', source: '.gachetterc:1:1' },
      { key: 'pip_options', value: ['--index-url', 'http://***@host/simple'], source: '.gachetterc:5:1' },
      { key: 'secrets.token', value: '***', source: '.gachetterc:2:1' },
      { key: 'projects.shop.url', value: 'https://***@h/x@y', source: '.gachetterc:3:1' },
      { key: 'roles.web', value: ['w1'], source: '.gachetterc:4:1' },
      { key: 'projects.s2.url', value: 'ssh://git:***@h/x', source: '.gachetterc:6:1' },
      { key: 'secrets.other', value: '***', source: 'environment GACHETTE_SECRETS__OTHER' },
    ])
    expect(origins.find(({ key }) => key === 'debs_path')).toEqual({
      key: 'debs_path',
      value: '/var/gachette/debs',
      source: 'default',
    })
    expect(loaded.settings.secrets.token?.reveal()).toBe('pw2')
  })
})
