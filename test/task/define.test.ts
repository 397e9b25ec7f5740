import { resolve } from 'node:path'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { Secret } from '../../src/shell/index.ts'
import { defineTask, type Task, type TaskContext } from '../../src/task/index.ts'

const settings: Record<string, unknown> = {}
const context = { setting: (name: string) => settings[name] } as unknown as TaskContext

const restart = defineTask({
  summary: 'Restart a service and wait until it answers',
  hosts: ['@web'],
  params: {
    unit: { type: 'string', summary: 'systemd unit' },
    wait: { type: 'number', default: 30, summary: 'seconds to wait' },
    token: { type: 'secret', optional: true, summary: 'for the health check' },
  },
  async run({ run, ask, check, host, log }, { unit, wait }) {
    await run`systemctl restart ${unit}`
    log(`${host.name}: ${await ask`systemctl is-active ${unit}`} ${wait} ${await check`true`}`)
  },
})

describe('the types of arguments follow from params', () => {
  test('of every type', () => {
    const all = defineTask({
      summary: '',
      params: {
        text: { type: 'string' },
        count: { type: 'number' },
        force: { type: 'boolean' },
        colour: { type: 'choice', choices: ['red', 'green'] },
        names: { type: 'list', default: [] },
        key: { type: 'file', optional: true },
        token: { type: 'secret' },
        url: { type: 'string', setting: 'projects.<text>.url' },
        note: { type: 'string', optional: true, default: 'none' },
      },
      run(_, args) {
        expectTypeOf(args).toEqualTypeOf<{
          readonly text: string
          readonly count: number
          readonly force: boolean
          readonly colour: 'red' | 'green'
          readonly names: readonly string[]
          readonly key: string | undefined
          readonly token: Secret
          readonly url: string
          readonly note: string
        }>()
        return 'answer'
      },
    })
    expectTypeOf(all).parameter(1).toEqualTypeOf<{
      readonly text: string
      readonly count: number
      readonly colour: 'red' | 'green'
      readonly token: Secret | string
      readonly force?: boolean | undefined
      readonly names?: readonly string[] | undefined
      readonly key?: string | undefined
      readonly url?: string | undefined
      readonly note?: string | undefined
    }>()
    expectTypeOf(all).returns.resolves.toEqualTypeOf<string>()
    expectTypeOf(all).toExtend<Task>()
  })

  test('of a task without parameters', () => {
    const none = defineTask({
      summary: '',
      run: (_, args) => expectTypeOf(args).toEqualTypeOf<Record<never, never>>(),
    })
    expectTypeOf(none).toExtend<Task>()
  })

  test('a wrong argument is no program', () => {
    // @ts-expect-error unit is required
    const missing = () => restart(context, {})
    // @ts-expect-error wait is a number
    const wrong = () => restart(context, { unit: 'a', wait: 'b' })
    expect([typeof missing, typeof wrong]).toEqual(['function', 'function'])
  })
})

describe('a task called by another task', () => {
  const seen = defineTask({
    summary: '',
    params: {
      project: { type: 'string' },
      url: { type: 'string', setting: 'projects.<project>.url' },
      wait: { type: 'number', default: 30 },
      token: { type: 'secret', optional: true },
    },
    run: (_, args) => args,
  })

  test('gets defaults and settings', async () => {
    settings['projects.shop.url'] = 'git@host:shop'
    expect(await seen(context, { project: 'shop' })).toEqual({
      project: 'shop',
      url: 'git@host:shop',
      wait: 30,
      token: undefined,
    })
  })

  test('an argument wins over a setting', async () => {
    settings['projects.shop.url'] = 'git@host:shop'
    expect(await seen(context, { project: 'shop', url: 'mine' })).toMatchObject({ url: 'mine' })
  })

  test('a secret given as text arrives as a Secret', async () => {
    const { token } = await seen(context, { project: 'a', url: '', token: 'hush' })
    expect(token).toBeInstanceOf(Secret)
    expect(token?.reveal()).toBe('hush')
  })

  test('a path arrives absolute, the default too', async () => {
    const copy = defineTask({
      summary: '',
      params: { from: { type: 'file' }, to: { type: 'file', default: 'b' } },
      run: (_, args) => args,
    })
    expect(await copy(context, { from: '../a' })).toEqual({ from: resolve('../a'), to: resolve('b') })
  })

  test('is refused a wrong type, an unknown name and a missing argument', async () => {
    const untyped = seen as unknown as (context: TaskContext, args: unknown) => Promise<unknown>
    await expect(untyped(context, { project: 'a', url: 'b', wait: '5' })).rejects.toThrow(
      'wait must be a number, not "5"',
    )
    await expect(untyped(context, { project: 'a', ulr: 'b' })).rejects.toThrow('there is no parameter ulr')
    await expect(untyped(context, { project: 'nowhere' })).rejects.toThrow('url is missing')
  })
})

describe('a declaration that cannot work is refused when it is made', () => {
  const declared = (params: unknown) => () =>
    defineTask({ summary: '', params: params as Record<string, { type: 'string' }>, run() {} })

  test('unknown type, choice without choices, setting of an undeclared parameter, odd names', () => {
    expect(declared({ a: { type: 'int' } })).toThrow(
      'parameter a: there is no type int, only string, number, boolean, choice, list, file, secret',
    )
    expect(declared({ a: { type: 'choice' } })).toThrow('parameter a: a choice needs its choices')
    expect(declared({ a: { type: 'choice', choices: ['x'], default: 'y' } })).toThrow(
      'parameter a: its default y is none of its choices',
    )
    expect(declared({ a: { type: 'string', setting: 'projects.<b>.url' } })).toThrow(
      'parameter a: its setting names the parameter b, which is not declared',
    )
    expect(declared({ 'a-b': { type: 'string' } })).toThrow('parameter a-b: its name must be')
    expect(declared({ ref: { type: 'string' }, Ref: { type: 'string' } })).toThrow('differ in case only')
  })
})

test.each<[string, object]>([
  ['defineTask: summary must be one line of text', { run() {} }],
  ['defineTask: run must be a function', { summary: 'x' }],
  [
    "defineTask: hosts must be a list, such as ['@web'], or 'none'",
    { summary: 'x', hosts: 'web1', run() {} },
  ],
])('what a task file in JavaScript forgets is said when it is loaded: %s', (message, definition) => {
  expect(() => defineTask(definition as never)).toThrow(message)
})
