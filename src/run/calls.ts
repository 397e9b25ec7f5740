import { type Command, type CommandValue, isCommand, type Query, sh, show } from '../shell/index.ts'
import type { RunOptions } from '../task/context.ts'
import { sudoPrefix } from './privilege.ts'

/** What `run`, `ask` and `check` are called with: a template and its values, or a command (a question) and its options. */
export type First = TemplateStringsArray | Command
export type Rest = readonly (CommandValue | RunOptions | undefined)[]

/** The command of a call, and its options: of `` run`git fetch ${url}` `` there are none. */
export const commandOf = (first: First, rest: Rest): readonly [Command, RunOptions] =>
  isCommand(first) ? [first, optionsOf(rest)] : [sh(first, ...(rest as readonly CommandValue[])), {}]

/** The options behind a command or a question; the signatures of `run` and its like allow nothing else there. */
export const optionsOf = (rest: Rest): RunOptions => (rest[0] as RunOptions | undefined) ?? {}

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
