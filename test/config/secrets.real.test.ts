import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { loadSettings } from '../../src/config/index.ts'
import { Secret, SettingsError } from '../../src/shell/index.ts'
import { describeWith } from '../support/needs.ts'
import { type SettingsFolder, settingsFolder } from '../support/settings-folder.ts'

let folder: SettingsFolder
beforeEach(() => {
  folder = settingsFolder()
})

async function loaded(
  source: string,
  env: Record<string, string> = {},
  prompt?: (question: string) => string,
) {
  writeFileSync(join(folder.cwd, '.gachetterc'), `secrets:\n  token: ${source}\n`, { mode: 0o600 })
  return loadSettings({
    cwd: folder.cwd,
    home: folder.home,
    env,
    ...(prompt && { prompt: async (question: string) => new Secret(prompt(question)) }),
  })
}

/** The value of secrets.token, or what is said against it. */
async function token(...given: Parameters<typeof loaded>): Promise<string> {
  const { settings } = await loaded(...given)
  try {
    return (await settings.secrets.token?.find())?.reveal() ?? 'nothing'
  } catch (error) {
    if (error instanceof SettingsError) return `${error.message}${error.hint ? ` (${error.hint})` : ''}`
    throw error
  }
}

test('a secret comes from a variable of the environment', async () => {
  expect(await token('{env: TOKEN}', { TOKEN: 'hush' })).toBe('hush')
  expect(await token('{env: TOKEN}')).toBe(
    '.gachetterc:2:10: secrets.token: the environment variable TOKEN is not set',
  )
})

describe('a secret comes from a file', () => {
  const write = (text: string, mode: number) => {
    const path = join(folder.cwd, 'token')
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }

  test('beside the settings that name it, without its last newline', async () => {
    write('two\nlines \n', 0o600)
    expect(await token('{file: token}')).toBe('two\nlines ')
  })

  test('that nobody else may write to, that is there, and holds something', async () => {
    const path = write('hush\n', 0o602)
    expect(await token('{file: token}')).toContain(
      `.gachetterc:2:10: secrets.token: ${path}: anybody on this machine`,
    )
    expect(await token('{file: missing}')).toContain('missing: there is no such file')
    write('\n', 0o600)
    expect(await token('{file: token}')).toBe('.gachetterc:2:10: secrets.token: what was found is empty')
    write('a\0b', 0o600)
    expect(await token('{file: token}')).toContain('holds a NUL byte')
  })
})

describeWith(['root'], 'a file of somebody who is not root', () => {
  test('is refused where all can read it', async () => {
    const path = join(folder.cwd, 'token')
    writeFileSync(path, 'hush')
    chownSync(path, 1, 1)
    expect(await token('{file: token}')).toContain('who is neither you nor root')
  })
})

describe('a secret comes from a command', () => {
  test('without a shell, its last newline cut, in the folder of the settings', async () => {
    expect(await token(`[printf, '%s\\n', '$HOME; x']`.replace(/^/, '{command: ').concat('}'))).toBe(
      '$HOME; x',
    )
    expect(await token('{command: pwd}')).toBe(folder.cwd)
    expect(
      await token('{command: "sh -c \'echo $FROM\'"}', { FROM: 'here', PATH: process.env.PATH ?? '' }),
    ).toBe('here')
  })

  test('that runs once, and only when the secret is needed', async () => {
    const { settings } = await loaded('{command: [sh, -c, "echo x >>ran; echo hush"]}')
    expect(existsSync(join(folder.cwd, 'ran'))).toBe(false)
    await Promise.all([settings.secrets.token?.find(), settings.secrets.token?.find()])
    await settings.secrets.token?.find()
    expect(readFileSync(join(folder.cwd, 'ran'), 'utf8')).toBe('x\n')
  })

  test('whose failure is told without what it printed', async () => {
    expect(await token('{command: [sh, -c, "echo hush; exit 4"]}')).toBe(
      '.gachetterc:2:10: secrets.token: sh failed (exit 4)',
    )
    expect(await token('{command: no-such-program-here}')).toBe(
      '.gachetterc:2:10: secrets.token: no-such-program-here cannot be started',
    )
    expect(await token('{command: [head, -c, "400000", /dev/zero]}')).toContain('prints more than 256 KiB')
  })
})

describe('a secret is asked for', () => {
  test('once, when it is needed', async () => {
    const questions: string[] = []
    const { settings } = await loaded('{prompt: "Token of the API"}', {}, (question) => {
      questions.push(question)
      return 'typed'
    })
    await Promise.all([settings.secrets.token?.find(), settings.secrets.token?.find()])
    expect(settings.secrets.token?.reveal()).toBe('typed')
    expect(questions).toEqual(['Token of the API: '])
  })

  test('where there is nobody to ask, the error says so', async () => {
    expect(await token('{prompt: Token}')).toContain('asked for at a terminal, and there is none')
  })
})

test('what is no way to find a secret is a problem of the file', async () => {
  for (const [source, problem] of [
    ['{envv: X}', 'secrets.token is a text, or a map with one way to find it'],
    ['{env: X, file: y}', 'secrets.token is a text, or a map with one way to find it'],
    ['{}', 'secrets.token is a text, or a map with one way to find it'],
    ['{env: "a b"}', 'secrets.token.env is the name of an environment variable'],
    ['{command: []}', 'secrets.token.command is words'],
    ['[a]', 'secrets.token is a text, not a list'],
  ] as const)
    await expect(loaded(source)).rejects.toThrow(problem)
})

test('nothing is fetched for show_config, and a file that only says where is no file with a secret', async () => {
  writeFileSync(
    join(folder.cwd, '.gachetterc'),
    'sudo_password: {command: [sh, -c, "echo x >>ran"]}\npassword: {file: missing}\n',
  )
  chmodSync(join(folder.cwd, '.gachetterc'), 0o644)
  const settings = await loadSettings({ cwd: folder.cwd, home: folder.home, env: {} })
  expect(settings.warnings).toEqual([])
  expect(
    settings
      .origins()
      .filter(({ value }) => value === '***')
      .map(({ key }) => key),
  ).toEqual(['password', 'sudo_password'])
  expect(existsSync(join(folder.cwd, 'ran'))).toBe(false)
})
