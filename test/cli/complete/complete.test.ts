import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completionsOf, type Nameable } from '../../../src/cli/complete/complete.ts'
import { globalFlags } from '../../../src/cli/options.ts'
import { builtInTasks } from '../../../src/task/index.ts'
import * as builtIn from '../../../tasks/index.ts'

const known: Nameable = {
  tasks: builtInTasks({ ...builtIn }).map(({ description }) => description),
  flags: globalFlags(),
  commands: [{ value: 'help' }, { value: 'init' }],
  settings: [{ value: 'timeout=' }],
  hosts: () => ['web1', 'web2', '@web', 'odd name', '$(reboot)'],
  roles: () => ['web', 'db'],
  projects: () => ['shop', 'till'],
  stacks: async () => ['0.0.1', '0.0.2'],
  packages: async () => ['dh-shop', 'dh-shop-front'],
  runs: () => [{ value: '20260101T000000000Z-00000000' }],
}
const values = async (...words: string[]) => {
  const found = await completionsOf(words, known)
  return typeof found === 'string' ? found : found.map(({ value }) => value)
}

describe('completion of a command line', () => {
  test('begins with tasks and command words', async () => {
    expect(await values('sh')).toEqual(['show_config'])
    expect(await values('i')).toEqual(['init'])
    expect(await values('help', 'qui')).toEqual(['quick'])
  })
  test('knows the values of global flags, wherever they stand', async () => {
    expect(await values('-R', '')).toEqual(['web', 'db'])
    expect(await values('--role=d')).toEqual(['--role=db'])
    expect(await values('quick', '-H', 'web1,')).toEqual(['web1,web2', 'web1,@web'])
    expect(await values('-c', '')).toBe('files')
    expect(await values('--set', 't')).toEqual(['timeout='])
    expect(await values('--set', 'timeout=')).toBe('nothing')
    expect(await values('--pool', '')).toBe('nothing')
  })
  test('knows the positional arguments of a task, whatever options stand between', async () => {
    expect(await values('stack_show', '')).toEqual(['0.0.1', '0.0.2'])
    expect(await values('add_to_stack', '--stack', '')).toEqual(['0.0.1', '0.0.2'])
    expect(await values('prepare', '')).toEqual(['shop', 'till'])
    expect(await values('-H', 'web1', 'build', '--builder', 'missile', '')).toEqual(['shop', 'till'])
    expect(await values('build', 'shop', '--builder', 't')).toEqual(['trebuchet'])
    expect(await values('stack', 'show', '')).toEqual(['0.0.1', '0.0.2'])
    expect(await values('stack', 'packages', 'dh-shop-')).toEqual(['dh-shop-front'])
  })
  test("knows a task's arguments in the form of Fabric 1", async () => {
    expect(await values('prepare:s')).toEqual(['prepare:shop'])
    expect(await values('prepare:name=')).toEqual(['prepare:name=shop', 'prepare:name=till'])
    expect(await values('stack_create:bump=p')).toEqual(['stack_create:bump=patch'])
    expect(await values('stack_create:1.0', 'stack_sh')).toEqual(['stack_show'])
  })
  test('leaves what stands behind -- to the shell', async () => {
    expect(await values('-H', 'web1', '--', 'upt')).toBe('files')
  })
  test('offers nothing that a shell would have to quote', async () => {
    expect(await values('-H', 'o')).toEqual([])
    expect(await values('-H', '$')).toEqual([])
  })
  test('goes on with what was typed, and never fails', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        'quick',
        'quick:',
        '-H',
        '--',
        '--set',
        '--role=',
        'stack',
        '-',
        '__proto__:',
        'help',
        '',
      ),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
        const found = await values(...words)
        const current = words.at(-1) ?? ''
        expect(typeof found === 'string' || found.every((value) => value.startsWith(current))).toBe(true)
      }),
    )
  })
})
