import type { Readable } from 'node:stream'
import { type Command, join, quote, Secret, sh, shellLine, UsageError } from '../../shell/index.ts'
import type { ExecOptions } from '../session.ts'

/** What a job runs, and what is written down for it to read. */
export interface JobBody {
  readonly command: Command
  /** A secret is none of it: that stays in memory, as all secrets of a command do. */
  readonly stdin?: string | Uint8Array | Readable
}

/** A command with all that its options ask for, as one command that needs no options any more. */
export function bodyOf(command: Command, { cwd, env = {}, stdin }: ExecOptions): JobBody {
  const settings = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new UsageError(`${quote(name)} is no name for an environment variable`)
    return sh`export ${shellLine(name)}=${value}`
  })
  // Relative to the login folder, and never an option, `cd -` or a word for CDPATH.
  if (cwd !== undefined) settings.push(sh`cd -- ${cwd.startsWith('/') ? cwd : `./${cwd}`} || exit`)
  if (!(stdin instanceof Secret))
    return { command: join([...settings, command], '\n'), ...(stdin === undefined ? {} : { stdin }) }
  return {
    command: join([...settings, sh`printf %s ${stdin} | (\n`, command, shellLine('\n)')], '\n'),
  }
}
