import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/index.ts'
import { settingsFolder } from '../support/settings-folder.ts'

const withEnv = (env: Record<string, string>) => loadSettings({ cwd: '/nowhere/here', home: '/nowhere', env })

describe('GACHETTE_ variables', () => {
  it('are read as the type of their setting', async () => {
    const { settings, warnings } = await withEnv({
      GACHETTE_PORT: '2222',
      GACHETTE_TIMEOUT: '2.5',
      GACHETTE_PARALLEL: 'yes',
      GACHETTE_WARN_ONLY: '1',
      GACHETTE_USE_SSH_CONFIG: 'False',
      GACHETTE_USER: '0012',
      GACHETTE_HOSTS: 'a, web[01-03,07],[::1]:22',
      GACHETTE_KEY_FILENAME: '~/k1,k2',
      GACHETTE_TREBUCHET_BIN: 'python2 "/opt/a b/trebuchet"',
      GACHETTE_PASSWORD: '1234',
      GACHETTE_ROLES__WEB: 'w1,w2',
      GACHETTE_PROJECTS__SHOP__BASE_VERSION: '1.10',
      GACHETTE_PROJECTS__A__B__URL: '/srv/a',
      GACHETTE_GATEWAY: '',
      OTHER: 'x',
    })
    expect(settings).toMatchObject({
      port: 2222,
      timeout: 2.5,
      parallel: true,
      warn_only: true,
      use_ssh_config: false,
      user: '0012',
      hosts: ['a', 'web[01-03,07]', '[::1]:22'],
      key_filename: ['/nowhere/k1', '/nowhere/here/k2'],
      trebuchet_bin: ['python2', '/opt/a b/trebuchet'],
      gateway: undefined,
      roles: { web: ['w1', 'w2'] },
      projects: { shop: { base_version: '1.10' } },
    })
    expect(settings.password?.reveal()).toBe('1234')
    expect(settings.projects.a__b?.url).toBe('/srv/a')
    expect(warnings).toEqual([])
  })

  it('mean the name of the files that looks like theirs, and say when there are two', async () => {
    const folder = settingsFolder({
      '.gachetterc': 'projects: {My-App.eu: {url: /a}, x-y: {url: /b}, x_y: {url: /c}}',
    })
    const loaded = await folder.load({ env: { GACHETTE_PROJECTS__MY_APP_EU__URL: '/z' } })
    expect(loaded.get('projects.My-App.eu.url')).toBe('/z')
    const withBuilder = await folder.load({ env: { GACHETTE_PROJECTS__MY_APP_EU__BUILDER: 'missile' } })
    expect(withBuilder.get('projects.My-App.eu.builder')).toBe('missile')
    expect(await folder.refusal({ env: { GACHETTE_PROJECTS__X_Y__URL: '/z' } })).toBe(
      'environment GACHETTE_PROJECTS__X_Y__URL: this may mean projects.x-y.url and projects.x_y.url\ngive it with --set',
    )
  })

  it('that no setting has are warned about, with the nearest name', async () => {
    const { warnings } = await withEnv({
      GACHETTE_HOST: 'x',
      GACHETTE_projects: 'x',
      GACHETTE___PROTO__: 'x',
    })
    expect(warnings).toEqual([
      'environment GACHETTE_HOST: no setting has this name; did you mean GACHETTE_HOSTS?',
      'environment GACHETTE___PROTO__: no setting has this name; the nearest known one is GACHETTE_PORT',
      'environment GACHETTE_projects: no setting has this name; the nearest known one is GACHETTE_HOSTS',
    ])
  })
})
