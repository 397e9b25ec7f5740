import {
  dashed,
  findParam,
  findTask,
  positionalOf,
  projectParam,
  type TaskDescription,
} from '../../task/index.ts'
import { type GlobalFlag, type ValueKind, valueKindOf } from '../options.ts'
import { parseTaskWord } from '../task-word.ts'

/** One way to go on: the whole word as it would stand there, and what it means. */
export interface Candidate {
  readonly value: string
  readonly summary?: string
}

/** What may stand at a place: these words, or the names of files. */
export type Completion = readonly Candidate[] | 'files' | 'nothing'

/** What there is to name; `hosts` have their roles as `@web` among them. */
export interface Nameable {
  readonly tasks: readonly TaskDescription[]
  readonly flags: readonly GlobalFlag[]
  /** Words beside tasks: `help`, `init`, … */
  readonly commands: readonly Candidate[]
  readonly settings: readonly Candidate[]
  readonly hosts: () => readonly string[]
  readonly roles: () => readonly string[]
  readonly projects: () => readonly string[]
  readonly stacks: () => Promise<readonly string[]>
  readonly packages: () => Promise<readonly string[]>
  readonly runs: () => readonly Candidate[]
}

/** What may stand in place of the last word of a command line (`words` without the program's name; '' for a new word). */
export async function completionsOf(words: readonly string[], known: Nameable): Promise<Completion> {
  const current = words.at(-1) ?? ''
  const found = await candidates(words.slice(0, -1), current, known)
  if (found === 'files' || found === 'nothing') return found
  return found.filter(({ value }) => value.startsWith(current) && isPlain(value))
}

/** What a shell would have to quote is not worth offering. */
const isPlain = (value: string): boolean => /^[\w@%+=:,./~!-]+$/.test(value)

async function candidates(before: readonly string[], current: string, known: Nameable): Promise<Completion> {
  if (before.includes('--')) return 'files'
  const rest = [...before]
  let first: string | undefined
  const after: string[] = []
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const flag = ownFlag(first, word, known) ? undefined : flagOf(word, known.flags)
    if (flag?.takesValue && !word.includes('=')) {
      if (rest.length === 0) return valuesOfFlag(flag, current, known)
      rest.shift()
    } else if (flag === undefined && first === undefined) first = word
    else if (flag === undefined) after.push(word)
  }
  const typed = /^(--[\w-]+)=/.exec(current)
  const flag = typed === null || ownFlag(first, current, known) ? undefined : flagOf(current, known.flags)
  if (typed !== null && flag !== undefined)
    return prefixed(`${typed[1]}=`, await valuesOfFlag(flag, current.slice(typed[0].length), known))
  return wordsAt({ first, after, current }, known)
}

interface Place {
  readonly first: string | undefined
  readonly after: readonly string[]
  readonly current: string
}

async function wordsAt({ first, after, current }: Place, known: Nameable): Promise<Completion> {
  const { tasks, commands } = known
  if (first === undefined) {
    if (current.startsWith('-')) return flagsAsWords(known)
    return current.includes(':') ? taskWordAt(current, known) : [...tasks.map(asWord), ...commands]
  }
  if (first === 'help') return after.length === 0 ? tasks.map(asWord) : 'nothing'
  if (first === 'completion') return ['bash', 'zsh', 'fish'].map((value) => ({ value }))
  if (first.includes(':')) {
    if (current.startsWith('-')) return flagsAsWords(known)
    return current.includes(':') ? taskWordAt(current, known) : tasks.map(asWord)
  }
  const [task, words] = taskOf(first, after, tasks)
  if (task !== undefined) return argumentsOf(task, words, current, known)
  // `stack show`: the second word completes the name of a task.
  const below = tasks.filter(({ name }) => name.startsWith(`${first}_`))
  return below.map(({ name, summary }) => ({ value: name.slice(first.length + 1), summary }))
}

function taskOf(
  first: string,
  after: readonly string[],
  tasks: readonly TaskDescription[],
): [TaskDescription | undefined, readonly string[]] {
  const task = findTask(tasks, first)
  if (task !== undefined || after[0] === undefined) return [task, after]
  return [findTask(tasks, `${first}_${after[0]}`), after.slice(1)]
}

/** After a task's name: its options, the global ones, and values of what is positional. */
async function argumentsOf(
  task: TaskDescription,
  words: readonly string[],
  current: string,
  known: Nameable,
): Promise<Completion> {
  const { params } = task
  const equals = /^--([\w-]+)=/.exec(current)
  const named = equals === null ? undefined : findParam(params, equals[1] ?? '')
  if (equals !== null && named !== undefined) return prefixed(equals[0], await valuesOf(named, task, known))
  const before = /^--([\w-]+)$/.exec(words.at(-1) ?? '')?.[1]
  const wanting = before === undefined ? undefined : findParam(params, before)
  if (wanting !== undefined && params[wanting]?.type !== 'boolean') return valuesOf(wanting, task, known)
  if (current.startsWith('-')) {
    const own = Object.entries(params).map(([name, spec]) => option(`--${dashed(name)}`, spec.summary))
    return [...own, ...flagsAsWords(known)]
  }
  const names = positionalOf(params)
  const name = names[positionals(task, words)] ?? lastList(task)
  return name === undefined ? 'nothing' : valuesOf(name, task, known)
}

/** How many positional words there are, those not counted that belong to options. */
function positionals({ params }: TaskDescription, words: readonly string[]): number {
  let count = 0
  let isValue = false
  for (const word of words) {
    const name = /^--([\w-]+)$/.exec(word)?.[1]
    const param = name === undefined ? undefined : findParam(params, name)
    if (isValue) isValue = false
    else if (param !== undefined) isValue = params[param]?.type !== 'boolean'
    else if (!word.startsWith('-')) count++
  }
  return count
}

const lastList = ({ params }: TaskDescription): string | undefined => {
  const name = positionalOf(params).at(-1)
  return name !== undefined && params[name]?.type === 'list' ? name : undefined
}

/** `quick:0.0.1,sh`: what the argument behind the last comma may be, with all that stands before it. */
async function taskWordAt(current: string, known: Nameable): Promise<Completion> {
  const { name, args } = parseTaskWord(current)
  const task = findTask(known.tasks, name)
  if (task === undefined) return 'nothing'
  const last = args.at(-1) ?? ''
  const before = current.slice(0, current.length - last.length)
  const equals = /^(\w+)=/.exec(last)
  const named = equals === null ? undefined : findParam(task.params, equals[1] ?? '')
  if (equals !== null && named !== undefined)
    return prefixed(before + equals[0], await valuesOf(named, task, known))
  const position = positionalOf(task.params)[Math.max(0, args.length - 1)] ?? lastList(task)
  const values = position === undefined ? [] : await valuesOf(position, task, known)
  const names = Object.entries(task.params).map(([param, spec]) => option(`${param}=`, spec.summary))
  return prefixed(before, [...(typeof values === 'string' ? [] : values), ...names])
}

async function valuesOf(name: string, task: TaskDescription, known: Nameable): Promise<Completion> {
  const spec = task.params[name]
  if (spec === undefined) return 'nothing'
  if (spec.type === 'file') return 'files'
  if (spec.type === 'boolean') return ['true', 'false'].map((value) => ({ value }))
  if (spec.type === 'choice') return spec.choices.map((value) => ({ value }))
  if (name === projectParam(task.params)) return plain(known.projects())
  if (spec.completes === 'stack') return plain(await known.stacks())
  if (spec.completes === 'package') return plain(await known.packages())
  if (spec.completes === 'run') return known.runs()
  if (spec.completes === 'host') return plain(known.hosts())
  return 'nothing'
}

async function valuesOfFlag(flag: GlobalFlag, current: string, known: Nameable): Promise<Completion> {
  const kind: ValueKind | undefined = valueKindOf(flag.long)
  switch (kind) {
    case 'hosts':
      return behindComma(current, known.hosts())
    case 'roles':
      return behindComma(current, known.roles())
    case 'file':
      return 'files'
    case 'setting':
      return current.includes('=') ? 'nothing' : known.settings
    case 'run':
      return known.runs()
    default:
      return 'nothing'
  }
}

function behindComma(current: string, names: readonly string[]): readonly Candidate[] {
  const before = current.slice(0, current.lastIndexOf(',') + 1)
  const used = new Set(before.split(','))
  return names.filter((name) => !used.has(name)).map((name) => ({ value: before + name }))
}

const prefixed = (prefix: string, found: Completion): Completion =>
  typeof found === 'string' ? found : found.map((each) => ({ ...each, value: prefix + each.value }))

const plain = (names: readonly string[]): readonly Candidate[] => names.map((value) => ({ value }))

const asWord = ({ name, summary }: TaskDescription): Candidate => ({ value: name, summary })

const option = (value: string, summary: string | undefined): Candidate =>
  summary === undefined ? { value } : { value, summary }

const flagsAsWords = ({ flags }: Nameable): readonly Candidate[] =>
  flags.map(({ long, summary }) => option(long, summary))

const flagOf = (word: string, flags: readonly GlobalFlag[]): GlobalFlag | undefined => {
  const name = word.startsWith('--') ? word.split('=', 1)[0] : word.slice(0, 2)
  return flags.find(({ long, short }) => long === name || short === name)
}

/** Behind a task's name its own parameters win over global flags. */
function ownFlag(first: string | undefined, word: string, { tasks }: Nameable): boolean {
  const task = first === undefined ? undefined : findTask(tasks, parseTaskWord(first).name)
  const name = /^--([\w-]+)/.exec(word)?.[1]
  return task !== undefined && name !== undefined && findParam(task.params, name) !== undefined
}
