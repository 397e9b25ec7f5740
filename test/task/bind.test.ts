import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearest, Secret, UsageError } from '../../src/shell/index.ts'
import { bind, callOf, defineTask, type TaskCall } from '../../src/task/index.ts'

const task = defineTask({
  summary: 'Everything there is',
  params: {
    project: { type: 'string', summary: 'name of the project' },
    url: { type: 'string', setting: 'projects.<project>.url', summary: 'its repository' },
    ref: { type: 'string', optional: true },
    wait: { type: 'number', default: 30 },
    force: { type: 'boolean' },
    colour: { type: 'choice', choices: ['red', 'green'], optional: true },
    key: { type: 'file', optional: true },
    token: { type: 'secret', optional: true },
    names: { type: 'list', optional: true },
  },
  run: (_, args) => args,
})
const settings: Record<string, unknown> = {
  projects: { shop: { url: 'git@host:shop' }, bare: {} },
  'projects.shop.url': 'git@host:shop',
}
const warnings: string[] = []
const invocation = (positional: readonly string[], named: Record<string, string> = {}) =>
  bind(
    'every',
    task,
    { task: 'every', positional, named },
    {
      setting: (name) => settings[name],
      cwd: '/work dir',
      warn: (message) => warnings.push(message),
    },
  )
const args = (positional: readonly string[], named?: Record<string, string>) =>
  invocation(positional, named).args
const refusal = (positional: readonly string[], named?: Record<string, string>) => {
  try {
    invocation(positional, named)
  } catch (error) {
    if (error instanceof UsageError) return [error.message, ...(error.hint?.split('\n') ?? [])]
    throw error
  }
  return 'accepted'
}

describe('values', () => {
  test.each(['1234567', '0012', '12e4567', '', 'true', ' x ', "it's"])(
    'a ref like %j stays a string',
    (ref) => {
      expect(args(['shop', 'url', ref])).toMatchObject({ ref })
    },
  )

  test('are parsed as their types say', () => {
    const all = args(['shop', 'url', 'master', '1.5e1', 'yes', 'green', 'key.pem', 'hush', 'a,b\\,c', 'd'])
    expect(all).toEqual({
      project: 'shop',
      url: 'url',
      ref: 'master',
      wait: 15,
      force: true,
      colour: 'green',
      key: '/work dir/key.pem',
      token: expect.any(Secret),
      names: ['a', 'b,c', 'd'],
    })
  })

  test('that nobody gives come from settings, then defaults', () => {
    expect(args(['shop'])).toEqual({
      project: 'shop',
      url: 'git@host:shop',
      ref: undefined,
      wait: 30,
      force: false,
      colour: undefined,
      key: undefined,
      token: undefined,
      names: undefined,
    })
  })

  test('an argument wins over a setting, the empty string too', () => {
    expect(args(['shop', ''])).toMatchObject({ url: '' })
  })

  test.each(['1e999', '0x10', '', 'NaN', '1 2', '--1', 'Infinity'])('%j is no number', (wait) => {
    expect(refusal(['shop'], { wait })).toEqual([`every: wait must be a number, not ${JSON.stringify(wait)}`])
  })

  test('a secret that was typed warns, and is masked in the text of the invocation', () => {
    warnings.length = 0
    const { text } = invocation(['shop', "it's"], { token: 'hush', force: 'true', ref: '-x' })
    expect(text).toBe("every shop 'it'\\''s' --token *** --force --ref=-x")
    expect(warnings).toEqual([
      'every: token is a secret, and was typed where every user of this machine can read it; it is masked from here on',
    ])
  })
})

describe('what is refused says what to do', () => {
  test('a missing parameter', () => {
    expect(refusal([])).toEqual([
      'every: project is missing (name of the project)',
      'give it as an argument: gachette every PROJECT [URL] [REF] [WAIT] [--force] [COLOUR] [KEY] [TOKEN] [NAMES…]',
      'by name: --project PROJECT',
    ])
  })

  test('a missing one that a setting could supply names the setting', () => {
    expect(refusal(['unheard-of'])).toEqual([
      'every: url is missing (its repository)',
      'give it as an argument: gachette every PROJECT [URL] [REF] [WAIT] [--force] [COLOUR] [KEY] [TOKEN] [NAMES…]',
      'by name: --url URL',
      'or set projects.unheard-of.url',
    ])
  })

  test('a project that is written wrongly: the one that was meant', () => {
    expect(refusal(['shp'])[1]).toBe('did you mean the project shop?')
    expect(refusal(['bare'])[1]).toMatch(/^give it as an argument/)
  })

  test('a hostile name is not shown as a setting', () => {
    expect(refusal(['a\u001b[2Jb'])?.at(-1)).toBe('or set projects.<project>.url')
  })

  test('an unknown one', () => {
    expect(refusal(['shop'], { colr: 'red' })?.slice(0, 2)).toEqual([
      'every: there is no parameter "colr"',
      'did you mean colour?',
    ])
  })

  test('a word that is no choice', () => {
    expect(refusal(['shop'], { colour: 'gren' })).toEqual([
      'every: colour must be one of red, green, not "gren"',
      'did you mean green?',
    ])
  })

  test('one given both ways', () => {
    expect(refusal(['shop', 'url'], { url: 'x' })).toEqual(['every: url is given twice'])
  })

  test('one argument too many', () => {
    const none = defineTask({ summary: '', run() {} })
    const call: TaskCall = { task: 'none', positional: ['x'], named: {} }
    const options = { setting: () => undefined, cwd: '/', warn: () => {} }
    expect(() => bind('none', none, call, options)).toThrow(
      'none takes no arguments, and got 1: "x" is one too many',
    )
  })
})

test('property: whatever is given as a string arrives as it is', () => {
  const any = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(any, any, any, (project, url, ref) => {
      // NUL can be in no command line, and the text of an invocation is one.
      fc.pre(![project, url, ref].some((word) => word.includes('\0')))
      expect(args([project, url], { ref })).toMatchObject({ project, url, ref })
    }),
  )
})

test('a key that is nearly a parameter is refused, and what only looks like one is a value', () => {
  const call = (word: string) => callOf('every', task.params, [word])
  expect(() => call('colr=red')).toThrow('every: there is no parameter "colr"')
  expect(() => call('ulr=x')).toThrow('every: there is no parameter "ulr"')
  expect(call('release/2=final').positional).toEqual(['release/2=final'])
  expect(call('https://host/?ref=x').positional).toEqual(['https://host/?ref=x'])
  expect(call('ref=colr=red').named).toEqual({ ref: 'colr=red' })
})

test('property: a hostile key names a parameter or is a value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (key, value) => {
      const names = Object.keys(task.params)
      const isParam = names.includes(key.replaceAll('-', '_'))
      fc.pre(!key.includes('=') && (isParam || nearest(key, names) === undefined))
      const call = callOf('every', task.params, [`${key}=${value}`])
      expect(call.positional).toEqual(isParam ? [] : [`${key}=${value}`])
      expect(Object.keys(call.named)).toEqual(isParam ? [key.replaceAll('-', '_')] : [])
    }),
  )
})

describe('parameters given by name only, and shorter names', () => {
  const unpin = defineTask({
    summary: 'Unpin',
    params: {
      stack: { type: 'string' },
      from_stack: { type: 'string', alias: 'from', optional: true, named: true },
      packages: { type: 'list' },
      why: { type: 'string', optional: true, named: true },
    },
    run: (_, given) => given,
  })
  const given = (positional: readonly string[], named: Record<string, string> = {}) =>
    bind(
      'unpin',
      unpin,
      { task: 'unpin', positional, named },
      { setting: () => undefined, cwd: '/', warn: () => {} },
    ).args

  test('a list before them takes all further words', () => {
    expect(given(['1.0', 'a', 'b,c'])).toEqual({ stack: '1.0', packages: ['a', 'b', 'c'] })
    expect(given(['1.0', 'a'], { why: 'x' })).toEqual({ stack: '1.0', packages: ['a'], why: 'x' })
  })

  test('a shorter name means the parameter, in both spellings of a line', () => {
    expect(given(['1.0', 'a'], { from: '0.9' })).toEqual({ stack: '1.0', from_stack: '0.9', packages: ['a'] })
    expect(callOf('unpin', unpin.params, ['1.0', 'a', 'from=0.9'])).toEqual({
      task: 'unpin',
      positional: ['1.0', 'a'],
      named: { from_stack: '0.9' },
    })
    expect(() => given(['1.0', 'a'], { from: '0.9', from_stack: '0.8' })).toThrow('from_stack is given twice')
  })

  test('the usage shows them as options', () => {
    expect(() => given(['1.0'])).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('gachette unpin STACK [--from-stack FROM_STACK] PACKAGES… [--why WHY]'),
      }),
    )
  })
})
