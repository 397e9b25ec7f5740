import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { settingsFingerprint } from '../../src/config/places.ts'
import { type SettingsFolder, settingsFolder } from '../support/settings-folder.ts'

describe('finding settings', () => {
  it('looks in every folder up to the repository, then in the home folder, nearest first', async () => {
    const folder = settingsFolder({
      'a/b/c/.gachetterc.json': '{"user": "c"}',
      'a/.gachetterc.yml': 'user: a',
      'a/.git/HEAD': '',
      '.gachetterc': 'user: outside the repository',
      '../.config/gachette/.gachetterc': 'user: global',
      '../.gachetterc': 'user: home',
    })
    const { files, projectDir, settings } = await folder.load({ cwd: join(folder.cwd, 'a/b/c') })
    const names = [
      'project/a/b/c/.gachetterc.json',
      'project/a/.gachetterc.yml',
      '.config/gachette/.gachetterc',
      '.gachetterc',
    ]
    expect(files).toEqual(names.map((name) => join(folder.home, name)))
    expect([settings.user, projectDir]).toEqual(['c', join(folder.cwd, 'a/b/c')])
  })

  it('reads the home folder once and last, also from within it', async () => {
    const folder = settingsFolder({
      '../.gachetterc': 'user: home',
      '../.config/gachette/config.yaml': 'user: global',
    })
    const atHome = await folder.load({ cwd: folder.home })
    expect([atHome.settings.user, atHome.files.length, atHome.projectDir]).toEqual(['global', 2, folder.home])
  })

  it('knows the home folder also by a link to it', async () => {
    const folder = settingsFolder({
      '../.gachetterc': 'user: home',
      '../.config/gachette/config': 'user: global',
    })
    const link = join(folder.cwd, 'link')
    symlinkSync(folder.home, link)
    const { settings, files } = await folder.load({ home: link })
    expect([settings.user, files]).toEqual([
      'global',
      [join(link, '.config/gachette/config'), join(link, '.gachetterc')],
    ])
  })

  it('goes without settings, and skips empty files', async () => {
    const folder = settingsFolder({ '.gachetterc': ' \n', '.gachetterc.d/x': '' })
    const loaded = await folder.load()
    expect([loaded.files, loaded.settings.meta_path, loaded.settings.debs_path]).toEqual([
      [],
      '/var/gachette',
      '/var/gachette/debs',
    ])
  })

  it('names a file whole however long its path, and escapes what would move the cursor', async () => {
    const folder = settingsFolder({ [`${'d'.repeat(200)}/x`]: 'prt: 1', 'é\u001b[2J': 'prt: 1' })
    const said = '1:1: prt is not a setting\ndid you mean port?'
    expect(await folder.refusal({ configFile: `${'d'.repeat(200)}/x` })).toBe(`${'d'.repeat(200)}/x:${said}`)
    expect(await folder.refusal({ configFile: 'é\u001b[2J' })).toBe(`"é\\u001b[2J":${said}`)
  })

  it('refuses two settings files in one folder', async () => {
    const folder = settingsFolder({ '.gachetterc': 'user: a', '.gachetterc.yml': 'user: b' })
    expect(await folder.refusal()).toBe(
      '.gachetterc.yml: there is .gachetterc too, and a folder has one settings file\ndelete one of them',
    )
  })

  it('reads the file of -c instead of searching, whatever its name', async () => {
    const folder = settingsFolder({
      '.gachetterc': 'user: a',
      'etc/package.conf': 'port: 1\ntasks: t',
      'etc/x': 'prt: 1',
    })
    const { files, settings } = await folder.load({ configFile: 'etc/package.conf' })
    expect(files).toEqual([join(folder.cwd, 'etc/package.conf')])
    expect([settings.user, settings.tasks]).toEqual([undefined, [join(folder.cwd, 'etc/t')]])
    expect(await folder.refusal({ configFile: 'etc/x' })).toBe(
      'etc/x:1:1: prt is not a setting\ndid you mean port?',
    )
    expect(await folder.refusal({ configFile: 'none' })).toBe('none: there is no such file')
    expect(await folder.refusal({ configFile: 'etc' })).toBe('etc: this is a folder')
    expect(await folder.refusal({ configFile: '/dev/null' })).toBe('/dev/null: this is no ordinary file')
  })

  it('takes local paths relative to the file that names them, also through a symbolic link', async () => {
    const folder = settingsFolder({
      '../common/gachetterc': 'key_filename: [~/.ssh/k, keys/k, /abs/k]\ntasks: ../tasks\nknown_hosts: kh',
      'sub/x': '',
    })
    symlinkSync('../../common/gachetterc', join(folder.cwd, 'sub/.gachetterc'))
    const { settings } = await folder.load({ cwd: join(folder.cwd, 'sub') })
    expect(settings.key_filename).toEqual([
      join(folder.home, '.ssh/k'),
      join(folder.cwd, 'sub/keys/k'),
      '/abs/k',
    ])
    expect(settings.tasks).toEqual([join(folder.cwd, 'tasks')])
    expect(settings.known_hosts).toEqual([join(folder.cwd, 'sub/kh')])
  })

  it('says of a project where it is: its tasks, else its settings, else its repository, else here', async () => {
    const folder = settingsFolder({ 'r/.git/HEAD': '', 'r/a/b/x': '' })
    const projectDir = async () => (await folder.load({ cwd: join(folder.cwd, 'r/a/b') })).projectDir
    expect(await projectDir()).toBe(join(folder.cwd, 'r'))
    writeFileSync(join(folder.cwd, 'r/a/b/.gachetterc'), '', { mode: 0o600 })
    expect(await projectDir()).toBe(join(folder.cwd, 'r/a/b'))
    writeFileSync(join(folder.cwd, 'r/a/gachette.tasks.ts'), '')
    expect(await projectDir()).toBe(join(folder.cwd, 'r/a'))
    expect((await folder.load()).projectDir).toBe(folder.cwd)
  })

  it('is not led astray by what cosmiconfig reads and runs when it is constructed', async () => {
    const traps: Record<string, (ran: string) => string> = {
      '.config/config.js': (ran) => `require('fs').writeFileSync(${JSON.stringify(ran)}, 'ran')`,
      '.config/config.cjs': (ran) => `require('fs').writeFileSync(${JSON.stringify(ran)}, 'ran')`,
      '.config/config.json': () => '{"cosmiconfig": {"searchPlaces": ["evil.yml"]}}',
      'package.json': () => '{"cosmiconfig": {"searchPlaces": ["evil.yml"]}, "gachette": {"user": "evil"}}',
    }
    for (const [name, trap] of Object.entries(traps)) {
      const folder = settingsFolder({ '.gachetterc': 'user: a', 'evil.yml': 'user: evil', '.config/x': '' })
      const ran = join(folder.home, 'ran')
      writeFileSync(join(folder.cwd, name), trap(ran))
      expect([await userSeenFrom(folder), existsSync(ran), name]).toEqual(['a', false, name])
    }
  })

  it('does not import what $import names', async () => {
    const folder = settingsFolder({ '.gachetterc': '$import: other.yml\nuser: a', 'other.yml': 'port: 1' })
    expect(await folder.refusal()).toBe(
      '.gachetterc:1:1: "$import" is not a setting\nthe nearest known one is port',
    )
  })
})

describe('a file that others can write', () => {
  it.each([0o666, 0o602, 0o777])('is refused: mode %o', async (mode) => {
    const folder = settingsFolder({ '.gachetterc': 'user: a', other: 'user: b' })
    chmodSync(join(folder.cwd, '.gachetterc'), mode)
    const what = 'anybody on this machine may write to it, and it decides what runs as you\nchmod o-w it'
    expect(await folder.refusal()).toBe(`.gachetterc: ${what}`)
    expect(await folder.refusal({ configFile: '.gachetterc' })).toBe(`.gachetterc: ${what}`)
    symlinkSync('.gachetterc', join(folder.cwd, 'link'))
    expect(await folder.refusal({ configFile: 'link' })).toBe(`link: ${what}`)
    expect((await folder.load({ configFile: 'other' })).settings.user).toBe('b')
  })

  it('is told by a warning when others can read a secret in it', async () => {
    const folder = settingsFolder({ '.gachetterc': 'password: a', other: 'user: a', third: 'secrets.x: a' })
    for (const name of ['.gachetterc', 'other', 'third']) chmodSync(join(folder.cwd, name), 0o644)
    expect((await folder.load()).warnings).toEqual([
      '.gachetterc holds a secret, and every user of this machine can read it; chmod 600 it',
    ])
    expect((await folder.load({ configFile: 'other' })).warnings).toEqual([])
    expect((await folder.load({ configFile: 'third' })).warnings).toHaveLength(1)
  })
})

describe('the fingerprint', () => {
  it('changes with whatever can change the settings, and with nothing else', () => {
    const folder = settingsFolder({ '.git/HEAD': '', 'a/.gachetterc': 'user: a', 'etc/x': 'user: x' })
    const cwd = join(folder.cwd, 'a')
    let env: Record<string, string> = { PATH: '/bin' }
    let configFile: string | undefined
    const changes: [string, () => void][] = [
      ['a file grows', () => writeFileSync(join(cwd, '.gachetterc'), 'user: ab')],
      ['a file is touched', () => utimesSync(join(cwd, '.gachetterc'), 1, 1)],
      ['its mode changes', () => chmodSync(join(cwd, '.gachetterc'), 0o606)],
      ['a file appears farther up', () => writeFileSync(join(folder.cwd, '.gachetterc.yml'), '')],
      [
        'a file appears in ~/.config',
        () => {
          mkdirSync(join(folder.home, '.config/gachette'), { recursive: true })
          writeFileSync(join(folder.home, '.config/gachette/config'), '')
        },
      ],
      ['a file appears at home', () => writeFileSync(join(folder.home, '.gachetterc'), '')],
      ['a file goes', () => unlinkSync(join(folder.home, '.gachetterc'))],
      ['the repository ends elsewhere', () => mkdirSync(join(cwd, '.git'))],
      ['the project moves', () => writeFileSync(join(cwd, 'gachette.tasks.ts'), '')],
      [
        'a variable is set',
        () => {
          env = { ...env, GACHETTE_TASKS: 'x' }
        },
      ],
      [
        'another file is named',
        () => {
          configFile = '../etc/x'
        },
      ],
      [
        'the file that is named is replaced',
        () => renameSync(join(cwd, '.gachetterc'), join(folder.cwd, 'etc/x')),
      ],
    ]
    const take = () => settingsFingerprint({ cwd, home: folder.home, env, configFile })
    for (const [what, change] of changes) {
      const before = take()
      expect(take(), what).toBe(before)
      change()
      expect(take(), what).not.toBe(before)
    }
    const before = take()
    writeFileSync(join(folder.cwd, '.git/index'), 'git has worked')
    env = { ...env, HOSTNAME: 'x', GACHETTE_PASSWORD: 'hunter2', GACHETTE_SECRETS__A: 'hunter2' }
    expect(take()).toBe(before)
    expect(take()).not.toContain('hunter2')
  })

  it('needs no parser', () => {
    const imported = new Set<string>()
    const follow = (file: string) => {
      if (imported.has(file)) return
      imported.add(file)
      const text = readFileSync(file, 'utf8')
      for (const [, path] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm))
        if (path?.startsWith('.')) follow(join(file, '..', path))
        else imported.add(path ?? '')
    }
    follow(join(import.meta.dirname, '../../src/config/places.ts'))
    expect([...imported].map((file) => file.replace(/.*\/src\//, ''))).toEqual([
      'config/places.ts',
      'node:fs',
      'node:path',
      'config/variables.ts',
    ])
  })
})

/** The user setting, as a program reads it that has just started in this folder: explorers are kept once they are made. */
async function userSeenFrom({ cwd, home }: SettingsFolder): Promise<string | undefined> {
  vi.resetModules()
  const { loadSettings } = await import('../../src/config/index.ts')
  const before = process.cwd()
  process.chdir(cwd)
  try {
    const { settings } = await loadSettings({ cwd, home, env: {} })
    expect(process.cwd()).toBe(cwd)
    return settings.user
  } finally {
    process.chdir(before)
  }
}
