import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { globalFlags } from '../../src/cli/options.ts'
import { parseTaskWord, taskWord } from '../../src/cli/task-word.ts'
import { readWords } from '../../src/cli/words.ts'
import { UsageError } from '../../src/shell/index.ts'
import type { ParamSpecs, TaskDescription } from '../../src/task/index.ts'

const task = (name: string, params: ParamSpecs): TaskDescription => ({
  name,
  summary: name,
  group: 'built-in',
  params,
  answers: false,
})
const text = { type: 'string' } as const
const optional = { type: 'string', optional: true } as const
const tasks = [
  task('stack_create', { name: text, meta_path: optional, from_stack: optional, domain: optional }),
  task('prepare', { name: text, url: optional, ref: optional }),
  task('build', { name: text, debs_path: optional }),
  task('quick', { stack: text, project: text, ref: optional, url: optional }),
  task('add_to_stack', { name: text, version: text, file_name: text, meta_path: optional, stack: optional }),
  task('stack_show', { name: text }),
  task('version', {}),
  task('db.migrate', { force: { type: 'boolean' }, only: { type: 'list' } }),
]
const read = (...words: string[]) => {
  const { calls: all, flags } = readWords(words, { tasks, flags: globalFlags() })
  return { calls: all, flags }
}
const calls = (...words: string[]) => read(...words).calls
const refusal = (...words: string[]) => {
  try {
    read(...words)
  } catch (error) {
    if (error instanceof UsageError) return [error.message, ...(error.hint ?? '').split('\n')]
    throw error
  }
  return 'accepted'
}

describe('in the manner of Fabric 1', () => {
  test('commas separate arguments', () => {
    expect(calls('stack_create:foobar1,/var/gachette')).toEqual([
      { task: 'stack_create', positional: ['foobar1', '/var/gachette'], named: {} },
    ])
  })

  test('only the first colon ends the name, and a git url keeps its own', () => {
    expect(calls('prepare:app,git@github.com:ops-config/test_config,master')).toEqual([
      { task: 'prepare', positional: ['app', 'git@github.com:ops-config/test_config', 'master'], named: {} },
    ])
  })

  test('key=value names a parameter, and only a parameter', () => {
    expect(calls('prepare:app,https://host/x?a=b,ref=a=b')).toEqual([
      { task: 'prepare', positional: ['app', 'https://host/x?a=b'], named: { ref: 'a=b' } },
    ])
  })

  test('an empty value is the empty string', () => {
    expect(calls('prepare:app,,ref=')).toEqual([
      { task: 'prepare', positional: ['app', ''], named: { ref: '' } },
    ])
  })

  test('a backslash makes a comma an ordinary one, and is ordinary everywhere else', () => {
    expect(calls('prepare:a\\,b,c\\d')).toEqual([{ task: 'prepare', positional: ['a,b', 'c\\d'], named: {} }])
  })

  test('several tasks run in order, and a plain word among them is one without arguments', () => {
    expect(calls('prepare:app,URL,master', 'build:app,/var/gachette/debs', 'version')).toEqual([
      { task: 'prepare', positional: ['app', 'URL', 'master'], named: {} },
      { task: 'build', positional: ['app', '/var/gachette/debs'], named: {} },
      { task: 'version', positional: [], named: {} },
    ])
  })

  test('dashes stand for underscores in the names of tasks and parameters, never in values', () => {
    expect(calls('stack-create:a-b,from-stack=c-d')).toEqual([
      { task: 'stack_create', positional: ['a-b'], named: { from_stack: 'c-d' } },
    ])
  })

  test('flags among the tasks are global ones', () => {
    expect(read('version', '-vqH', 'a').flags).toEqual(['-v', '-q', '-H', 'a'])
    expect(refusal('version', '-qZ')[0]).toBe('there is no option "-qZ"')
    expect(read('version:', '--dry-run', '-H', 'a,b', 'version:', '-xc')).toEqual({
      calls: [
        { task: 'version', positional: [], named: {} },
        { task: 'version', positional: [], named: {} },
      ],
      flags: ['--dry-run', '-H', 'a,b', '-xc'],
    })
  })

  test('a parameter given twice is refused', () => {
    expect(refusal('prepare:app,ref=a,ref=b')).toEqual(['prepare: ref is given twice', ''])
  })
})

describe('in the manner of a modern command line', () => {
  test('words are arguments in order, and --name gives one by name', () => {
    expect(calls('quick', '0.0.1', 'test_config', '--ref', 'fix-option')).toEqual([
      { task: 'quick', positional: ['0.0.1', 'test_config'], named: { ref: 'fix-option' } },
    ])
  })

  test('--name=value is the same, and the value may look like anything', () => {
    expect(calls('quick', '--ref=--x=y', '--project', '-p', '0.0.1')).toEqual([
      { task: 'quick', positional: ['0.0.1'], named: { ref: '--x=y', project: '-p' } },
    ])
  })

  test('dashes and underscores are one in the names of parameters', () => {
    const wanted = [{ task: 'stack_create', positional: ['0.0.2'], named: { from_stack: '0.0.1' } }]
    expect(calls('stack-create', '0.0.2', '--from-stack', '0.0.1')).toEqual(wanted)
    expect(calls('stack_create', '0.0.2', '--from_stack=0.0.1')).toEqual(wanted)
  })

  test('a word with commas or an equals sign is one argument', () => {
    expect(calls('prepare', 'a,b', 'ref=x')).toEqual([
      { task: 'prepare', positional: ['a,b', 'ref=x'], named: {} },
    ])
  })

  test('a boolean is a flag, and can be denied', () => {
    expect(calls('db.migrate', '--force').at(0)?.named).toEqual({ force: 'true' })
    expect(calls('db.migrate', '--no-force').at(0)?.named).toEqual({ force: 'false' })
    expect(calls('db.migrate', '--force=no').at(0)?.named).toEqual({ force: 'no' })
  })

  test('a list grows with each mention', () => {
    expect(calls('db.migrate', '--only', 'a', '--only=b').at(0)?.named).toEqual({ only: 'a,b' })
  })

  test('stack VERB is the task stack_VERB', () => {
    expect(calls('stack', 'show', '0.0.1')).toEqual([
      { task: 'stack_show', positional: ['0.0.1'], named: {} },
    ])
  })

  test('a flag that is no parameter of the task is a global one', () => {
    expect(read('quick', '0.0.1', '-c', 'x.yml', 'app', '--json')).toEqual({
      calls: [{ task: 'quick', positional: ['0.0.1', 'app'], named: {} }],
      flags: ['-c', 'x.yml', '--json'],
    })
  })

  test("a task's own parameter wins over a global flag of its name", () => {
    const own = [task('ask', { user: text, json: { type: 'boolean' } })]
    expect(readWords(['ask', '--user', 'me', '--json'], { tasks: own, flags: globalFlags() })).toEqual({
      first: own[0],
      calls: [{ task: 'ask', positional: [], named: { user: 'me', json: 'true' } }],
      flags: [],
    })
  })

  test('a negative number and a lone dash are arguments', () => {
    expect(calls('prepare', '-5', '-')).toEqual([{ task: 'prepare', positional: ['-5', '-'], named: {} }])
  })
})

describe('what is refused says what to type', () => {
  test('surplus words that name tasks', () => {
    expect(refusal('version', 'prepare', 'app', 'a,b', 'build', 'it')).toEqual([
      'version takes no arguments, and "prepare" is a task',
      'several tasks on a line are written',
      "gachette version: 'prepare:app,a\\,b' build:it",
    ])
  })

  test('a task that is not there', () => {
    expect(refusal('bild', 'x')).toEqual([
      'there is no task "bild"',
      'did you mean build?',
      'gachette -l lists the tasks',
    ])
    expect(refusal('version:', 'nonsense\u001b[2J')).toEqual([
      'there is no task "nonsense\\u001b[2J"',
      'a command goes after --, as in  gachette -H web1 -- uptime',
      'gachette -l lists the tasks',
    ])
  })

  test('the first half of a name', () => {
    const all = 'gachette stack create|show'
    expect(refusal('stack')).toEqual(['stack is the beginning of several tasks', all])
    expect(refusal('stack', '--json')).toEqual(['stack is the beginning of several tasks', all])
    expect(refusal('stack', 'shwo', '1')).toEqual([
      'there is no task "stack shwo"',
      'did you mean show?',
      all,
    ])
    expect(refusal('stack', 'xyz')).toEqual(['there is no task "stack xyz"', all])
  })

  test('a name without its namespace', () => {
    expect(refusal('migrate')).toEqual(['there is no task "migrate"', 'there is db.migrate'])
  })

  test('an option that is neither', () => {
    expect(refusal('quick', '--rif', 'x')).toEqual([
      'quick: there is no option "--rif"',
      'did you mean --ref?',
    ])
    expect(refusal('quick', '--colour')).toEqual([
      'quick: there is no parameter "colour"',
      'usage: gachette quick STACK PROJECT [REF] [URL]',
    ])
    expect(refusal('version:', '--jsn')).toEqual(['there is no option "--jsn"', 'did you mean --json?'])
  })

  test('a value that is missing', () => {
    expect(refusal('quick', '--ref')).toEqual(['quick: --ref needs a value', ''])
    expect(refusal('quick', '-H')).toEqual(['-H needs a value', ''])
  })
})

// Fabric 1 has no way to write a backslash in front of a separating comma, nor one empty argument.
const argument = fc.string({ unit: 'binary' }).filter((arg) => !arg.endsWith('\\'))
const args = fc.array(argument).filter((all) => all.length !== 1 || all[0] !== '')

test('property: a task word reads back as it was written', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][\w.-]*$/), args, (name, all) => {
      expect(parseTaskWord(taskWord(name, all))).toEqual({ name, args: all })
    }),
  )
})

test('property: words of any kind are carried literally or refused with a UsageError', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('--ref', '-H', '--', 'ref=', 'prepare', '-5', '__proto__=x'),
  )
  fc.assert(
    fc.property(fc.array(word), (words) => {
      try {
        const { calls: all, flags } = read('prepare', ...words)
        const carried = [
          ...flags,
          ...all.flatMap((call) => [...call.positional, ...Object.values(call.named)]),
        ]
        for (const each of carried)
          expect(words.some((typed) => typed.endsWith(each) || each === 'true')).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
  )
})

test('property: a positional argument of a modern line never changes', () => {
  const plain = fc.string({ unit: 'binary' }).filter((word) => !word.startsWith('-'))
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 3 }), (words) => {
      expect(calls('prepare', ...words)).toEqual([{ task: 'prepare', positional: words, named: {} }])
    }),
  )
})
