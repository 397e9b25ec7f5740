import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compileProgram, type Program, type StartOptions } from '../support/program.ts'

let program: Program
let dir = ''
beforeAll(() => {
  program = compileProgram()
})
afterAll(() => program.remove())
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-real-'))
  mkdirSync(join(dir, '.git'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const gachette = (argv: readonly string[], options: Partial<StartOptions> = {}) =>
  program.start(argv, { cwd: dir, ...options, env: { XDG_CACHE_HOME: join(dir, 'cache'), ...options.env } })
    .ended

const taskFile = (name: string, summary: string) => {
  mkdirSync(join(dir, 'tasks'), { recursive: true })
  const path = join(dir, 'tasks', `${name}.ts`)
  writeFileSync(
    path,
    `import { defineTask } from 'gachette'
export const ${name}: unknown = defineTask({ summary: '${summary}', async run({ run }) { await run\`echo ${name}\` } })`,
  )
  return path
}

describe('what a question loads', () => {
  /** The packages below node_modules that were loaded by the time the program ended. */
  async function packagesFor(...argv: string[]) {
    const spy = join(dir, 'spy.cjs')
    const told = join(dir, 'told.json')
    writeFileSync(
      spy,
      `const { _cache } = require('node:module'); const { writeFileSync } = require('node:fs')
process.on('exit', () => writeFileSync(${JSON.stringify(told)}, JSON.stringify(Object.keys(_cache))))`,
    )
    const { exitCode } = await gachette(argv, { nodeOptions: ['--require', spy] })
    expect(exitCode).toBe(0)
    const files = JSON.parse(readFileSync(told, 'utf8')) as string[]
    const names = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(file)?.[1])
    return [...new Set(names)].filter((name) => name !== undefined).sort()
  }

  test('-l, warm: no package at all', async () => {
    taskFile('one', 'One')
    writeFileSync(join(dir, '.gachetterc'), 'hosts: [a]\n')
    expect(await packagesFor('-l')).toContain('jiti')
    expect(await packagesFor('-l')).toEqual([])
    expect(await packagesFor('--list', '--json')).toEqual([])
    expect(await packagesFor('--version')).toEqual([])
    writeFileSync(join(dir, 'other.yml'), 'hosts: [b]\n')
    expect(await packagesFor('-c', 'other.yml', '-l')).toContain('jiti')
    expect(await packagesFor('-c', 'other.yml', '-l')).toEqual([])
    expect(await packagesFor('-l', '--config', 'other.yml')).toEqual([])
  })

  test('-l, cold, and help: nothing of SSH, and nothing that draws', async () => {
    taskFile('one', 'One')
    writeFileSync(join(dir, '.gachetterc'), 'hosts: [a]\n')
    const unwanted = (names: readonly string[]) =>
      names.filter((name) => /ssh|listr|nunjucks|^tar$|cpu-features/.test(name))
    expect(unwanted(await packagesFor('-l'))).toEqual([])
    expect(unwanted(await packagesFor('help', 'version'))).toEqual([])
    expect(unwanted(await packagesFor('--help'))).toEqual([])
    expect(unwanted(await packagesFor('help', 'one'))).toEqual([])
    expect(unwanted(await packagesFor('show_config'))).toEqual([])
  })
})

describe('the index of tasks', () => {
  const listed = async () => (await gachette(['-l'])).stdout.match(/^ {2}\w+ +(One.*|Two.*)$/gm)
  const indexes = () => {
    const cache = join(dir, 'cache', 'gachette')
    return readdirSync(cache)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(cache, name))
  }

  test('notices a file that is changed, added or removed, and changed settings', async () => {
    taskFile('one', 'One')
    expect(await listed()).toEqual([expect.stringContaining('One')])
    expect(await listed()).toHaveLength(1)
    taskFile('one', 'One, changed')
    expect(await listed()).toEqual([expect.stringContaining('One, changed')])
    const two = taskFile('two', 'Two')
    expect(await listed()).toHaveLength(2)
    rmSync(two)
    expect(await listed()).toHaveLength(1)
    writeFileSync(join(dir, '.gachetterc'), 'tasks: [other.ts]\n')
    writeFileSync(join(dir, 'other.ts'), 'export {}\n')
    expect(await listed()).toBe(null)
  })

  test('of one settings file is not taken for that of another, nor that of --set for any', async () => {
    taskFile('one', 'One')
    writeFileSync(join(dir, 'other.ts'), 'export {}\n')
    writeFileSync(join(dir, 'other.yml'), 'tasks: [other.ts]\n')
    for (const flags of [
      ['-c', 'other.yml'],
      ['--set', 'tasks=other.ts'],
    ]) {
      expect(await listed()).toHaveLength(1)
      expect((await gachette([...flags, '-l'])).stdout).not.toContain('One')
      expect((await gachette([...flags, '-l'])).stdout).not.toContain('One')
    }
    expect(await listed()).toHaveLength(1)
  })

  test('says the same as the tasks themselves', async () => {
    taskFile('one', 'One')
    const cold = await gachette(['-l'])
    expect(await gachette(['-l'])).toEqual(cold)
    const json = await gachette(['-l', '--json'])
    expect(await gachette(['--json', '-l'])).toEqual(json)
  })

  test('a listing is old as soon as a file or folder of tasks comes, goes or changes', async () => {
    taskFile('one', 'One')
    mkdirSync(join(dir, 'tasks/empty'))
    expect(await listed()).toEqual([expect.stringContaining('One')])
    expect(await listed()).toEqual([expect.stringContaining('One')])
    writeFileSync(join(dir, 'tasks/notes.txt'), 'no task')
    expect(await listed()).toEqual([expect.stringContaining('One')])
    const all = async () => (await gachette(['-l'])).stdout
    renameSync(taskFile('two', 'Two'), join(dir, 'tasks/empty/two.ts'))
    expect(await all()).toMatch(/empty\.two +Two/)
    rmSync(join(dir, 'tasks/empty'), { recursive: true })
    expect(await all()).not.toContain('Two')
    renameSync(taskFile('three', 'Three'), join(dir, 'gachette.tasks.ts'))
    expect(await all()).toContain('Three')
    rmSync(join(dir, 'tasks'), { recursive: true })
    expect(await all()).not.toContain('One')
  })

  test('is not believed when it is broken, or when others can write to it', async () => {
    taskFile('one', 'One')
    await gachette(['-l'])
    const [index = ''] = indexes()
    const whole = readFileSync(index, 'utf8')
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"v":1}',
      whole.slice(0, -20),
      whole.replace('"v":1', '"v":2'),
    ]) {
      writeFileSync(index, text)
      expect(await listed()).toEqual([expect.stringContaining('One')])
    }
    const poisoned = whole.replaceAll('One', 'One, poisoned')
    const stamp = new Date()
    const poison = (how: () => void) => {
      writeFileSync(index, poisoned, { mode: 0o600 })
      utimesSync(index, stamp, stamp)
      how()
    }
    poison(() => {})
    expect(await listed()).toEqual([expect.stringContaining('poisoned')])
    poison(() => chmodSync(index, 0o666))
    expect(await listed()).not.toEqual([expect.stringContaining('poisoned')])
    poison(() => chmodSync(join(dir, 'cache', 'gachette'), 0o777))
    expect(await listed()).not.toEqual([expect.stringContaining('poisoned')])
  })

  test.runIf(process.getuid?.() === 0)('is not believed when it is somebody else’s', async () => {
    taskFile('one', 'One')
    await gachette(['-l'])
    const [index = ''] = indexes()
    writeFileSync(index, readFileSync(index, 'utf8').replace('"One"', '"One, poisoned"'))
    chownSync(index, 12_345, 12_345)
    expect(await listed()).not.toEqual([expect.stringContaining('poisoned')])
  })

  test('a task from the index runs', async () => {
    taskFile('one', 'One')
    await gachette(['-l'])
    expect(await gachette(['-H', 'local', 'one'])).toMatchObject({ exitCode: 0, stdout: '[local] one\n' })
  })

  test('without a place for a cache everything works', async () => {
    taskFile('one', 'One')
    const env = { XDG_CACHE_HOME: '/proc/none' }
    expect((await gachette(['-l'], { env })).stdout).toContain('One')
    expect(await gachette(['-H', 'local', 'one'], { env })).toMatchObject({ exitCode: 0 })
  })
})

describe('the process', () => {
  test('passes on what is piped in, and what the command answers', async () => {
    const { exitCode, stdout } = await gachette(['-H', 'local', '--', 'cat'], { stdin: 'a\nb\n' })
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '[local] a\n[local] b\n' })
  })

  test('says that its working directory is no more', () => {
    const script = 'mkdir gone; cd gone; rmdir ../gone; exec "$0" "$1" -l'
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, program.bin], { cwd: dir })
    expect([status, String(stderr)]).toEqual([
      2,
      'the working directory is no more\n  cd to one that is there\n',
    ])
  })

  test('ends by itself when its stdin stays open', async () => {
    const { child, ended } = program.start(['-H', 'local', '--', 'true'], { cwd: dir })
    expect((await ended).exitCode).toBe(0)
    expect(child.exitCode).toBe(0)
  })

  test('says nothing of a reader that goes away', async () => {
    for (const argv of [['-l'], ['--help'], ['show_config'], ['-H', 'local', '--', 'true']]) {
      const { child, ended } = program.start(argv, { cwd: dir })
      child.stdout?.destroy()
      const { stderr, exitCode } = await ended
      expect(stderr).not.toMatch(/EPIPE|fault/)
      expect(exitCode).toBe(0)
    }
  })

  test('ends what runs when its reader goes away, and says nothing of it', async () => {
    const mark = join(dir, 'mark')
    const endless = `while :; do echo line; sleep 0.05; done; echo over > ${mark}`
    for (const flags of [[], ['--json'], ['-v']]) {
      const { child, ended } = program.start([...flags, '-H', 'local', '--', endless], { cwd: dir })
      await new Promise<void>((up) =>
        child.stdout?.on('data', (text: string) => text.includes('line') && up()),
      )
      child.stdout?.destroy()
      const { stderr, exitCode } = await ended
      expect(exitCode).toBe(130)
      expect(stderr.replace(/^.*(connected in|\$ while).*\n/gm, '')).toBe('')
    }
  })

  test('says that a disk is full', async () => {
    const full = openSync('/dev/full', 'w')
    try {
      for (const argv of [['-l'], ['show_config']]) {
        const { ended } = program.start(argv, { cwd: dir, stdout: full })
        expect(await ended).toMatchObject({
          exitCode: 1,
          stderr: expect.stringMatching(/^the output cannot be written: ENOSPC/),
        })
      }
    } finally {
      closeSync(full)
    }
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
  ] as const)('%s ends what runs, and says so', async (signal, wanted) => {
    const mark = join(dir, 'mark')
    const { child, ended } = program.start(['-H', 'local', '--', `echo up; sleep 300; echo over > ${mark}`], {
      cwd: dir,
    })
    await new Promise<void>((up) => child.stdout?.on('data', (text: string) => text.includes('up') && up()))
    child.kill(signal)
    const { exitCode, stderr } = await ended
    expect(exitCode).toBe(wanted)
    expect(stderr).toContain('nothing new is started')
    expect(stderr).toMatch(/cancelled/)
    expect(readdirSync(dir)).not.toContain('mark')
  })
})
