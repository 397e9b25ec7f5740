import { didYouMean, printable, UsageError } from '../shell/index.ts'
import {
  addNamed,
  callOf,
  dashed,
  findParam,
  findTask,
  type TaskCall,
  type TaskDescription,
} from '../task/index.ts'
import { type GlobalFlag, isNumber } from './options.ts'
import { refuseSurplusTasks, unknownFlag, unknownOption } from './refusals.ts'
import { parseTaskWord } from './task-word.ts'

/** What the words from the first task on mean. */
export interface ReadWords {
  readonly calls: readonly TaskCall[]
  /** The task they begin with. */
  readonly first: TaskDescription
  /** Global flags that stood among them, with their values, for whoever reads global flags. */
  readonly flags: readonly string[]
}

export interface Known {
  readonly tasks: readonly TaskDescription[]
  readonly flags: readonly GlobalFlag[]
}

/**
 * The words from the first task on. The first decides: with a `:` in it, every further word is a task (Fabric 1); without,
 * it is one task and its arguments. After a task's name its own parameters win over global flags.
 */
export function readWords(words: readonly string[], known: Known): ReadWords {
  const [first] = words
  if (first === undefined) throw new UsageError('there is no task', { hint: 'gachette -l lists the tasks' })
  return first.includes(':') ? taskWords(words, known) : oneTask(words, known)
}

/** The task of a name, or an error that says what there is instead. `next` is the word behind it. */
export function taskNamed(tasks: readonly TaskDescription[], typed: string, next?: string): TaskDescription {
  const task = findTask(tasks, typed)
  if (task !== undefined) return task
  const names = tasks.map(({ name }) => name)
  const isPart = (name: string) =>
    name.startsWith(`${typed}_`) || name.startsWith(`${typed}.`) || name.endsWith(`.${typed}`)
  const verbs = names.flatMap((name) => (name.startsWith(`${typed}_`) ? [name.slice(typed.length + 1)] : []))
  if (verbs.length > 1) throw noVerb(typed, next, verbs)
  const below = names.filter(isPart)
  const { hint: near = 'a command goes after --, as in  gachette -H web1 -- uptime' } = didYouMean(
    typed,
    names,
  )
  const hint = below.length > 0 ? `there is ${below.join(', ')}` : `${near}\ngachette -l lists the tasks`
  throw new UsageError(`there is no task ${printable(typed)}`, { hint })
}

/** `stack shwo`: some tasks begin so, and none goes on so. */
function noVerb(typed: string, next: string | undefined, verbs: readonly string[]): UsageError {
  const all = `gachette ${typed} ${verbs.map(dashed).join('|')}`
  if (next === undefined || isFlag(next))
    return new UsageError(`${typed} is the beginning of several tasks`, { hint: all })
  const { hint } = didYouMean(next, verbs)
  return new UsageError(`there is no task ${printable(`${typed} ${next}`)}`, {
    hint: hint === undefined ? all : `${hint}\n${all}`,
  })
}

function taskWords(words: readonly string[], { tasks, flags }: Known): ReadWords {
  const calls: TaskCall[] = []
  const given: string[] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (isFlag(word)) {
      given.push(...takeFlag(word, rest, flags, () => unknownFlag(word, flags)))
      continue
    }
    const { name, args } = parseTaskWord(word)
    const task = taskNamed(tasks, name)
    calls.push(callOf(task.name, task.params, args))
  }
  return { calls, first: taskNamed(tasks, parseTaskWord(words[0] ?? '').name), flags: given }
}

function oneTask(words: readonly string[], { tasks, flags }: Known): ReadWords {
  const [task, rest] = firstTask(words, tasks)
  const positional: string[] = []
  const named: Record<string, string> = {}
  const given: string[] = []
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const own = isFlag(word) ? ownParam(task, word) : undefined
    if (own !== undefined) {
      const value = own.value ?? (own.isFlag ? 'true' : rest.shift())
      if (value === undefined) throw new UsageError(`${task.name}: ${word} needs a value`)
      addNamed(task.name, task.params, named, own.param, value)
    } else if (isFlag(word))
      given.push(...takeFlag(word, rest, flags, () => unknownOption(task, word, flags)))
    else positional.push(word)
  }
  refuseSurplusTasks(task, positional, tasks)
  return { calls: [{ task: task.name, positional, named }], first: task, flags: given }
}

/**
 * The task that words begin with, and the words after it. `stack show` is the task stack_show: where the first word is
 * no task, the second may complete it.
 */
function firstTask(
  words: readonly string[],
  tasks: readonly TaskDescription[],
): [task: TaskDescription, rest: string[]] {
  const [first = '', second, ...rest] = words
  const pair =
    second === undefined || findTask(tasks, first) ? undefined : findTask(tasks, `${first}_${second}`)
  return pair === undefined ? [taskNamed(tasks, first, second), words.slice(1)] : [pair, rest]
}

/** `--ref`, `--ref=x`, `--no-force` as a parameter of the task; undefined where it is none. */
function ownParam(
  { params }: TaskDescription,
  word: string,
): { readonly param: string; readonly value?: string; readonly isFlag: boolean } | undefined {
  if (!word.startsWith('--')) return undefined
  const equals = word.indexOf('=')
  const name = word.slice(2, equals === -1 ? undefined : equals)
  const param = findParam(params, name)
  if (param !== undefined) {
    const isFlag = params[param]?.type === 'boolean'
    return equals === -1 ? { param, isFlag } : { param, isFlag, value: word.slice(equals + 1) }
  }
  const denied = /^no[-_](.+)$/.exec(equals === -1 ? name : '')?.[1]
  const off = denied === undefined ? undefined : findParam(params, denied)
  return off !== undefined && params[off]?.type === 'boolean'
    ? { param: off, value: 'false', isFlag: true }
    : undefined
}

/** A global flag and, if it takes one, its value, which is taken off `rest`; of `-qH web1` both flags. */
function takeFlag(
  word: string,
  rest: string[],
  flags: readonly GlobalFlag[],
  unknown: () => UsageError,
): readonly string[] {
  const isLong = word.startsWith('--')
  const name = isLong ? word.split('=', 1)[0] : word.slice(0, 2)
  const flag = flags.find(({ long, short }) => (isLong ? long : short) === name)
  if (flag === undefined) throw unknown()
  if (!isLong && !flag.takesValue && word !== name)
    return [word.slice(0, 2), ...takeFlag(`-${word.slice(2)}`, rest, flags, unknown)]
  const isNumbered = flag.mayTakeNumber === true && isNumber(rest[0])
  if (!(flag.takesValue || isNumbered) || word !== name) return [word]
  const value = rest.shift()
  if (value === undefined) throw new UsageError(`${word} needs a value`)
  return [word, value]
}

/** A negative number and a lone `-` are arguments. */
const isFlag = (word: string): boolean => /^-[^\d.]/.test(word)
