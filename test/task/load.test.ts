import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as api from '../../src/index.ts'
import { UsageError } from '../../src/shell/index.ts'
import {
  builtInTasks,
  findTask,
  findTaskFiles,
  loadTaskFiles,
  mergeTasks,
  userTasks,
} from '../../src/task/index.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-tasks-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const file = (name: string, text: string) => {
  const path = join(dir, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}
const defines = (...names: string[]) =>
  `import { defineTask } from 'gachette'\n${names
    .map((name) => `export const ${name}: unknown = defineTask({ summary: '${name}', async run() {} })\n`)
    .join('')}`
const find = (tasks?: readonly string[]) => findTaskFiles({ projectDir: dir, settingsDirs: [], tasks })
const load = async (tasks?: readonly string[]) =>
  userTasks(await loadTaskFiles(find(tasks), { api, cacheDir: undefined }))
const names = async (tasks?: readonly string[]) =>
  (await load(tasks)).map(({ description }) => description.name)
const refusal = async (wrong: () => unknown) => {
  try {
    await wrong()
  } catch (error) {
    if (error instanceof UsageError) return error.message.replaceAll(dir, 'DIR')
    throw error
  }
  return 'accepted'
}

describe('task files', () => {
  test('are gachette.tasks.* and what lies in tasks/, whose folders give namespaces', async () => {
    file('gachette.tasks.ts', defines('restart'))
    file(
      'tasks/a.mjs',
      "import { defineTask } from 'gachette'\nexport const a = defineTask({ summary: '', run() {} })",
    )
    file(
      'tasks/c.js',
      "const { defineTask } = require('gachette')\nmodule.exports = { c: defineTask({ summary: '', run() {} }) }",
    )
    file('tasks/db/migrate.mts', defines('migrate', 'seed'))
    file('tasks/db/old/drop.ts', defines('drop'))
    file('tasks/types.d.ts', 'nonsense')
    file('tasks/a.test.ts', 'nonsense')
    file('tasks/_shared.ts', 'nonsense')
    file('tasks/notes.md', 'nonsense')
    file('tasks/node_modules/x.js', 'nonsense')
    expect(await names()).toEqual(['restart', 'a', 'c', 'db.migrate', 'db.seed', 'db.old.drop'])
  })

  test('import each other, and `gachette` is the running program', async () => {
    file('tasks/_shared.ts', 'export const secret = async () => (await import("gachette")).Secret')
    file(
      'tasks/a.ts',
      `import { defineTask, Secret } from 'gachette'
       import { secret } from './_shared'
       export const a = defineTask({ summary: '', async run() { return [Secret, await secret()] } })`,
    )
    const [a] = await load()
    const run = a?.task as unknown as (context: object, args: object) => Promise<unknown>
    expect(await run({}, {})).toEqual([api.Secret, api.Secret])
  })

  test('may be named by the tasks setting, files and folders', async () => {
    file('gachette.tasks.ts', defines('unseen'))
    const one = file('ops/one.ts', defines('one'))
    file('more/two/two.ts', defines('two'))
    expect(await names([one, join(dir, 'more')])).toEqual(['one', 'two.two'])
  })

  test('a default export is named by its file, and what is no task is ignored', async () => {
    file(
      'tasks/deploy.ts',
      `import { defineTask } from 'gachette'
       export default defineTask({ summary: '', run() {} })
       export const helper = () => 1
       export const settings = { kind: 'task' }`,
    )
    expect(await names()).toEqual(['deploy'])
  })

  test('a task exported by two files is one task', async () => {
    file('tasks/a.ts', defines('a'))
    file('tasks/index.ts', "export * from './a.ts'")
    expect(await names()).toEqual(['a'])
  })

  test('two tasks of one name are refused, dashes and underscores alike', async () => {
    file('tasks/a.ts', defines('go'))
    file('tasks/b.ts', defines('go'))
    expect(await refusal(load)).toBe('DIR/tasks/b.ts: there is a task go already, in DIR/tasks/a.ts')
  })

  test('a name that cannot be typed is refused', async () => {
    file('tasks/my folder/a.ts', defines('a'))
    expect(await refusal(load)).toBe('DIR/tasks/my folder/a.ts: my folder.a is no name for a task')
    for (const word of ['help', 'init', 'completion']) {
      rmSync(join(dir, 'tasks'), { recursive: true })
      file(`tasks/my_${word}.ts`, defines(word))
      expect(await refusal(load)).toBe(
        `DIR/tasks/my_${word}.ts: ${word} is a word of gachette's own, and cannot name a task`,
      )
    }
  })
})

describe('a broken task file is one error that says where', () => {
  const broken = async (text: string) => {
    file('tasks/a.ts', text)
    return refusal(load)
  }

  test('syntax', async () => {
    expect(await broken("import { defineTask } from 'gachette'\n\nexport const x = f(a b)\n")).toBe(
      'DIR/tasks/a.ts:3:21: Unexpected token, expected ","',
    )
  })

  test('a throw', async () => {
    expect(await broken('const o: any = undefined\n\nexport const x = o.foo\n')).toBe(
      "DIR/tasks/a.ts:3: Cannot read properties of undefined (reading 'foo')",
    )
  })

  test('an import that is not there', async () => {
    expect(await broken("\nimport { x } from './nowhere.ts'\nexport const y = x\n")).toBe(
      "DIR/tasks/a.ts:2: Cannot find module './nowhere.ts'",
    )
  })

  test('a declaration that cannot work', async () => {
    const text = `import { defineTask } from 'gachette'
export const x = defineTask({ summary: '', params: { a: { type: 'int' } }, run() {} })`
    expect(await broken(text)).toBe(
      'DIR/tasks/a.ts:2: parameter a: there is no type int, only string, number, boolean, choice, list, file, secret',
    )
  })

  test('something else than an error', async () => {
    expect(await broken('throw "no"')).toBe('DIR/tasks/a.ts: it threw no')
  })
})

describe('code of somebody else is not run', () => {
  test('a file writable by others', async () => {
    chmodSync(file('tasks/a.ts', defines('a')), 0o666)
    expect(await refusal(find)).toBe('DIR/tasks/a.ts is writable by others, and is not loaded')
  })

  test('a folder writable by others', async () => {
    file('tasks/db/a.ts', defines('a'))
    chmodSync(join(dir, 'tasks/db'), 0o777)
    expect(await refusal(find)).toBe('DIR/tasks/db is writable by others, and is not loaded')
  })

  test.runIf(process.getuid?.() === 0)('a file of another user', async () => {
    chownSync(file('gachette.tasks.ts', defines('a')), 12_345, 12_345)
    expect(await refusal(find)).toBe(
      'DIR/gachette.tasks.ts belongs to somebody else (uid 12345), and is not loaded',
    )
  })

  test('a file outside of the project, also by way of a link', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'gachette-outside-'))
    try {
      writeFileSync(join(outside, 'a.ts'), defines('a'))
      symlinkSync(join(outside, 'a.ts'), join(dir, 'gachette.tasks.ts'))
      const said = `DIR/gachette.tasks.ts: tasks are loaded only from the project's folder, DIR`
      expect(await refusal(find)).toBe(said)
      expect(await refusal(() => find([join(outside, 'a.ts')]))).toContain("only from the project's folder")
      mkdirSync(join(dir, 'tasks'))
      symlinkSync(outside, join(dir, 'tasks', 'linked'))
      rmSync(join(dir, 'gachette.tasks.ts'))
      expect(find()).toEqual([])
      expect(findTaskFiles({ projectDir: dir, settingsDirs: [outside], tasks: [outside] })).toHaveLength(1)
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  test('a tasks setting that leads nowhere', async () => {
    expect(await refusal(() => find([join(dir, 'nowhere')]))).toBe(
      'DIR/nowhere: there is no such file or folder',
    )
  })
})

test('compiled files are kept in the folder that was given, and nowhere else', async () => {
  file('tasks/a.ts', defines('a'))
  const cacheDir = join(dir, 'cache')
  mkdirSync(cacheDir)
  await loadTaskFiles(find(), { api, cacheDir })
  expect(readdirSync(cacheDir)).toHaveLength(1)
})

test("a user's task wins over a built-in one, which stays as gachette.NAME", async () => {
  file('tasks/a.ts', defines('quick', 'own_one'))
  const quick = api.defineTask({ summary: 'built in', run() {} })
  const build = api.defineTask({ summary: 'built in', run() {} })
  const tasks = mergeTasks(builtInTasks({ quick, build, helper: () => 1 }), await load()).map(
    ({ description }) => description,
  )
  expect(tasks.map(({ name, group }) => `${group} ${name}`)).toEqual([
    'built-in build',
    'built-in gachette.quick',
    'project own_one',
    'project quick',
  ])
  const found = (typed: string) => findTask(tasks, typed)?.name
  expect(['quick', 'gachette.quick', 'gachette.build', 'own-one', 'own_one', 'Quick'].map(found)).toEqual([
    'quick',
    'gachette.quick',
    'build',
    'own_one',
    'own_one',
    undefined,
  ])
})
