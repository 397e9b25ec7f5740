import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { initSettings, settingsExample } from '../../src/config/index.ts'
import { NAMED, PLAIN, PROJECT } from '../../src/config/table.ts'
import { settingsFolder } from '../support/settings-folder.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('.gachetterc.example', () => {
  it('sets every setting there is', async () => {
    const folder = settingsFolder()
    copyFileSync(join(ROOT, '.gachetterc.example'), join(folder.cwd, '.gachetterc'))
    const loaded = await folder.load()
    const set = loaded.origins().filter(({ source }) => source.startsWith('.gachetterc:'))
    const names = set.map(({ key }) => key.replace(/^(projects|roles|members|secrets)\.[^.]+/, '$1.<name>'))
    expect(names.sort()).toEqual(
      [
        ...Object.keys(PLAIN),
        ...Object.keys(NAMED).map((section) => `${section}.<name>`),
        ...Object.keys(PROJECT).map((last) => `projects.<name>.${last}`),
      ].sort(),
    )
  })

  it('is what the declarations say; to write it anew: vitest -u', async () => {
    await expect(settingsExample()).toMatchFileSnapshot(join(ROOT, '.gachetterc.example'))
  })
})

describe('the settings that init writes', () => {
  it('set nothing, and load again when every line is switched on', async () => {
    const folder = settingsFolder({ '.gachetterc': initSettings })
    expect((await folder.load()).origins().filter(({ source }) => source !== 'default')).toEqual([])
    writeFileSync(
      join(folder.cwd, '.gachetterc'),
      initSettings.replaceAll(/^#(?=[^ ]| {2,}(\w+:|[^#]))/gm, ''),
    )
    expect((await folder.load()).origins().filter(({ source }) => source === 'default')).toEqual([])
  })
})

describe('examples/', () => {
  it('has one remote machine', async () => {
    const folder = settingsFolder()
    const { settings } = await folder.load({ configFile: join(ROOT, 'examples/vagrant.yml') })
    expect(settings).toMatchObject({
      user: 'vagrant',
      hosts: ['127.0.0.1:2222'],
      key_filename: [join(ROOT, 'examples/.vagrant/machines/default/virtualbox/private_key')],
      host_key_policy: 'accept-new',
    })
  })

  it('has this machine as build machine', async () => {
    const { settings } = await settingsFolder().load({ configFile: join(ROOT, 'examples/local.yml') })
    expect(settings).toMatchObject({
      hosts: ['local'],
      builder: 'missile',
      projects: { shop: { url: '/srv/git/shop.git' } },
    })
  })
})
