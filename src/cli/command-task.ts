import type { Readable } from 'node:stream'
import type { CommandText } from '../run/index.ts'
import { type Command, shellLine, show, UsageError, words } from '../shell/index.ts'
import { defineTask, type Invocation } from '../task/index.ts'

/** What stood after `--`, as a step of a run. `stdin` is passed on to the command; without it, the command reads nothing. */
export function commandInvocation(text: CommandText, stdin?: Readable): Invocation {
  const command = commandOf(text)
  const { sudo, pty } = text
  const rights = { ...(sudo && { sudo }), ...(pty && { pty }) }
  const task = defineTask({
    summary: 'Run a command',
    run: async ({ run }) => {
      await run(command, { ...(stdin && { stdin }), ...rights })
    },
  })
  return { name: 'command', task, args: {}, text: `${sudo ? '--sudo ' : ''}-- ${show(command)}` }
}

/** One word is a line for the remote shell; several are a program and its arguments. */
export function commandText(typed: readonly string[]): CommandText {
  const [line, ...more] = typed
  if (line === undefined)
    throw new UsageError('after -- there is no command', { hint: 'such as  gachette -H web1 -- uptime' })
  return more.length === 0 ? { line } : { words: typed }
}

const commandOf = (text: CommandText): Command => ('line' in text ? shellLine(text.line) : words(text.words))
