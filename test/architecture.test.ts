import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

// Who may import whom: room → the rooms below it. The plan is docs/architecture.md; this table is the law.
const FLOORS: Record<string, readonly string[]> = {
  shell: [],
  deb: ['shell'],
  inventory: ['shell'],
  config: ['shell', 'inventory'],
  session: ['shell', 'inventory', 'config'],
  task: ['shell', 'inventory', 'config', 'session'],
  run: ['shell', 'inventory', 'config', 'session', 'task'],
  report: ['shell', 'inventory', 'config', 'session', 'task', 'run'],
  journal: ['shell', 'inventory', 'config', 'session', 'task', 'run'],
  source: ['shell', 'deb', 'task'],
  build: ['shell', 'deb', 'task', 'source'],
  stack: ['shell', 'deb', 'task', 'build'],
  deploy: ['shell', 'deb', 'task', 'stack'],
  doctor: ['shell', 'task'],
  testing: ['shell', 'inventory', 'session', 'task', 'run'],
  cli: [
    'shell',
    'inventory',
    'config',
    'session',
    'task',
    'run',
    'report',
    'journal',
    'index.ts',
    'version.ts',
  ],
}
const root = resolve(import.meta.dirname, '..')
const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
const imports = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?<!')(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, target = '']) => target,
  )
const room = (file: string): string => file.split('/')[1] ?? ''

test('every room imports only the rooms below it', () => {
  const wrong = files('src')
    .filter((file) => file.split('/').length > 2)
    .flatMap((file) =>
      imports(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => relative(root, resolve(root, dirname(file), target)))
        .filter((target) => target.startsWith('src/') && room(target) !== room(file))
        .filter((target) => !FLOORS[room(file)]?.includes(room(target)))
        .map((target) => `${file} -> ${target}`),
    )
  expect(wrong).toEqual([])
})

test('the page of the architecture has every room', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const told = [...page.matchAll(/^\| `([a-z]+)\/` \|/gm)].map(([, name = '']) => name)
  expect(told.toSorted()).toEqual([...Object.keys(FLOORS), 'tasks'].toSorted())
})

test('packaging knows only the small interface of task/', () => {
  const wrong = ['source', 'build', 'stack', 'deploy', 'deb'].flatMap((name) =>
    files(`src/${name}`).flatMap((file) =>
      imports(file)
        .filter((target) => target.includes('/task/') && !target.endsWith('/task/context.ts'))
        .map((target) => `${file} -> ${target}`),
    ),
  )
  expect(wrong).toEqual([])
})

test('tasks and examples import only the public API', () => {
  const allowed = (target: string) => /^(gachette(\/testing)?|node:.*|\.\/[^/]+)$/.test(target)
  const wrong = [...files('tasks'), ...files('examples')].flatMap((file) =>
    imports(file)
      .filter((target) => !allowed(target))
      .map((target) => `${file} -> ${target}`),
  )
  expect(wrong).toEqual([])
})

test('no file imports itself by way of others', () => {
  const graph = new Map(
    files('src').map((file) => [
      file,
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /^(?:import|export)(?! type)[^;']*?from '(\.[^']+)'/gm,
        ),
      ].map(([, target = '']) => relative(root, resolve(root, dirname(file), target))),
    ]),
  )
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (done.has(file) || path.includes(file)) return
    for (const target of graph.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  expect(circles).toEqual([])
})

test('below the command line nothing prints, ends the process or hears its signals', () => {
  const isOurs = (file: string) => !file.startsWith('src/cli/') && file !== 'src/bin.ts'
  const global = /\bconsole\.|\bprocess\.(?:exit|exitCode|abort|stdin|stdout|stderr|on|once|emitWarning)\b/
  const wrong = files('src')
    .filter(isOurs)
    // The text of a program of its own, which the system's ssh runs.
    .filter((file) => file !== 'src/session/openssh/askpass.ts')
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(?:\/\/|\*|\/\*)/.test(line) && global.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
  expect(wrong).toEqual([])
})
