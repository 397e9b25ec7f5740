import {
  type Command,
  type CommandValue,
  didYouMean,
  isCommand,
  printable,
  type Query,
  sh,
  show,
  UsageError,
} from '../shell/index.ts'
import type { RunOptions } from '../task/context.ts'
import { sudoPrefix } from './privilege.ts'

/** What `run`, `ask` and `check` are called with: a template and its values, or a command (a question) and its options. */
export type First = TemplateStringsArray | Command
export type Rest = readonly (CommandValue | RunOptions | undefined)[]

/** The command of a call, and its options: of `` run`git fetch ${url}` `` there are none. */
export const commandOf = (first: First, rest: Rest): readonly [Command, RunOptions] =>
  isCommand(first) ? [first, optionsOf(rest)] : [sh(first, ...(rest as readonly CommandValue[])), {}]

/** Every option there is; a record, so that none is forgotten here. */
const OPTIONS: Readonly<Record<keyof (RunOptions & { user?: string }), true>> = {
  cwd: true,
  env: true,
  stdin: true,
  timeoutMs: true,
  accept: true,
  durable: true,
  again: true,
  title: true,
  retry: true,
  sudo: true,
  pty: true,
  user: true,
}

/**
 * The options behind a command or a question. A task file in JavaScript has no types to say that there is no `timeout`:
 * an unknown one is a UsageError, for what is left undone in silence was not asked for in vain.
 */
export function optionsOf(rest: Rest): RunOptions {
  const options = (rest[0] as RunOptions | undefined) ?? {}
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name))
  if (unknown === undefined) return options
  const names = Object.keys(OPTIONS)
  throw new UsageError(`a command has no option ${printable(unknown)}`, {
    hint: didYouMean(unknown, names).hint ?? `there are ${names.join(', ')}`,
  })
}

/** Whether `ask` was given a question rather than a command. */
export const isQuery = (first: First | Query<unknown>): first is Query<unknown> =>
  typeof first === 'object' && 'parse' in first

/** A command in one line of an error message: its title, or the first line of its text, 100 characters at most. */
export function shortText(command: Command, options: RunOptions): string {
  if (options.title !== undefined) return options.title
  const text = sudoPrefix(options) + show(command).trim()
  const line = text.split('\n', 1)[0] ?? ''
  return line === text && line.length <= 100 ? line : `${line.slice(0, 99)}…`
}
