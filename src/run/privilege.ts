import type { ExecOptions, Terminal } from '../session/session.ts'
import { SudoPasswords } from '../session/sudo.ts'
import type { Secret } from '../shell/index.ts'
import type { RunOptions } from '../task/context.ts'
import type { Masks } from './masks/masks.ts'

/** What a run knows for commands that run as somebody else, or at a terminal. */
export interface PrivilegeOptions {
  /** For sudo, on every host that asks for a password. */
  readonly sudoPassword?: Secret | undefined
  /** Whom sudo runs commands as, where nobody says; root unless given. */
  readonly sudoUser?: string | undefined
  /** Asks a person; absent where there is none. */
  readonly prompt?: ((question: string) => Promise<Secret>) | undefined
  /** The terminal that `pty` imitates: the size and kind of ours. */
  readonly terminal?: Terminal | undefined
}

/** The same, shared by all commands of the run. */
export interface Privilege {
  readonly passwords: SudoPasswords
  readonly sudoUser: string | undefined
  readonly terminal: Terminal
}

const TERMINAL: Terminal = { columns: 80, rows: 24, type: 'xterm-256color' }

/** What a person types is masked from then on. */
export function privilegeOf(options: PrivilegeOptions, masks: Masks): Privilege {
  const { sudoPassword, sudoUser, prompt, terminal = TERMINAL } = options
  const heard = async (question: string) => {
    const typed = await prompt?.(question)
    if (typed) masks.add([typed])
    // SudoPasswords asks only where there is somebody to ask.
    return typed as Secret
  }
  const passwords = new SudoPasswords({ password: sudoPassword, prompt: prompt && heard })
  return { passwords, sudoUser, terminal }
}

/** What a command's `sudo` and `pty` mean to its session. */
export function privileged(
  { passwords, sudoUser, terminal }: Privilege,
  { sudo, pty }: Pick<RunOptions, 'sudo' | 'pty'>,
): Pick<ExecOptions, 'sudo' | 'passwords' | 'terminal'> {
  const user = sudo === true || sudo?.user === undefined ? sudoUser : sudo.user
  return {
    ...(sudo && { sudo: { user }, passwords }),
    ...(pty && { terminal }),
  }
}

/** How sudo stands in front of a command that people are shown. */
export function sudoPrefix({ sudo }: Pick<RunOptions, 'sudo'>): string {
  if (!sudo) return ''
  return sudo === true || sudo.user === undefined ? 'sudo ' : `sudo -u ${sudo.user} `
}
