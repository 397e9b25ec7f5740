import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { programHelp } from '../src/cli/options.ts'
import { taskHelp } from '../src/cli/task-help.ts'
import { settingSummaries } from '../src/config/index.ts'
import { describeTask } from '../src/task/index.ts'
import * as tasks from '../tasks/index.ts'

const root = resolve(import.meta.dirname, '..')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

describe.each(pages)('%s', (page) => {
  test('every relative link points to a file, and to a heading of it', () => {
    const wrong = linksOf(textOf(page)).filter((link) => {
      const [path = '', heading] = link.split('#')
      const target = path === '' ? page : relative(root, resolve(root, dirname(page), path))
      if (!existsSync(join(root, target))) return true
      return heading !== undefined && !headingsOf(textOf(target)).includes(heading)
    })
    expect(wrong).toEqual([])
  })
})

test('the README leads to every page', () => {
  const leads = linksOf(textOf('README.md')).map((link) => link.split('#')[0])
  expect(pages.filter((page) => page !== 'README.md' && !leads.includes(page))).toEqual([])
})

test.each([
  'README.md',
  'docs/running.md',
  'docs/hosts.md',
  'docs/missile.md',
  'docs/store.md',
  'docs/runs.md',
  'docs/secrets.md',
  'docs/events.md',
  'docs/output.md',
])('%s: every option of gachette it names is in the help of the program or of a task', (page) => {
  const known = new Set(wordsOf(helpTexts().join('\n')).filter((word) => word.startsWith('-')))
  const named = optionsOf(textOf(page))
  expect(named).not.toEqual([])
  expect(named.filter((option) => !known.has(option))).toEqual([])
})

describe('docs/from-fabric.md: the column that is ours', () => {
  const spans = textOf('docs/from-fabric.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| |'))
    .flatMap((line) => [...(line.split(/(?<!\\)\| /).at(-1) ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, span = '']) => span)

  test('every option is in the help', () => {
    const known = new Set(wordsOf(helpTexts().join('\n')))
    const options = spans.flatMap(wordsOf).filter((word) => /^--?[a-zA-Z]/.test(word))
    expect(options.length).toBeGreaterThan(40)
    expect(options.filter((word) => !known.has(word) && !FOREIGN.includes(word))).toEqual([])
  })

  test('every setting, word, export and name in a context is there', () => {
    const exported = [
      ...['src/index.ts', 'src/testing/index.ts', 'src/task/context.ts', 'src/task/task.ts'],
      ...['src/run/script/script.ts', 'src/run/script/run.ts', 'src/run/execute.ts', 'src/inventory/host.ts'],
    ]
      .map(textOf)
      .join('\n')
    const settings = settingSummaries.map(({ name }) => name)
    const names = spans.filter((span) => /^[a-z]\w+$/i.test(span))
    expect(names.length).toBeGreaterThan(60)
    const isThere = (name: string) =>
      settings.includes(name) || Object.hasOwn(tasks, name) || new RegExp(`\\b${name}\\b`).test(exported)
    expect(names.filter((name) => !isThere(name) && !FOREIGN.includes(name))).toEqual([])
    const set = spans.flatMap((span) => [...span.matchAll(/--set (\w+)=/g)].map(([, name = '']) => name))
    expect(set.filter((name) => name !== 'a' && !settings.includes(name))).toEqual([])
  })
})

/** What the page names of others: programs and their options, shells, values, tasks of its examples. */
const FOREIGN = [
  ...['-lc', '-L', '-R', '-qF', '-qxF', '-e', '-i', '-d', '-1', '-a', '-G', '--debug'],
  ...['ssh', 'zsh', 'fish', 'NO_COLOR', 'off', 'a_b', 'db'],
]

/** Targets of links, but those with a scheme. */
const linksOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))

/** Headings as links name them: in small letters, without punctuation. */
const headingsOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  )

/** Options of lines that call gachette, up to a lone `--`, and of pieces of code that are an option. */
function optionsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```.*\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.split('\n'),
  )
  const spans = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  return [...blocks, ...spans]
    .filter((line) => /^(\$ )?gachette /.test(line) || /^--?[a-zA-Z]/.test(line))
    .flatMap((line) => wordsOf(line.split(' -- ')[0] ?? ''))
    .filter((word) => /^--?[a-zA-Z]/.test(word))
}

const wordsOf = (text: string): string[] => text.split(/[\s,[\]=]+/)

const withoutBlocks = (text: string): string => text.replace(/^```.*\n[\s\S]*?^```$/gm, '')
const withoutCode = (text: string): string => withoutBlocks(text).replace(/`[^`\n]+`/g, '')

/** What `gachette --help` says, and `gachette help TASK` of every built-in task, options as one types them. */
const helpTexts = (): string[] => [
  programHelp(100),
  ...Object.entries(tasks).map(([name, task]) => {
    const help = taskHelp(describeTask(name, task), { get: () => undefined, originOf: () => 'default' })
    return `${help}\n${Object.keys(task.params)
      .map((param) => `--${param.replaceAll('_', '-')}`)
      .join('\n')}`
  }),
]
