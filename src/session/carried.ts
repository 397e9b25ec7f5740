import { setMaxListeners } from 'node:events'
import type { Host } from '../inventory/index.ts'
import { type Command, findSecrets, Secret } from '../shell/index.ts'
import { type Input, inputOf } from './feed.ts'
import type { CommandOutcome } from './outcome.ts'
import type { ExecOptions, ExecResult, Session } from './session.ts'
import { Refused, refusalError, type Sudo, SudoPasswords } from './sudo.ts'

/** What is asked of a machine besides a caller's options. */
export interface CarryOptions extends Omit<ExecOptions, 'stdin' | 'signal' | 'sudo' | 'passwords'> {
  readonly sudo?: Sudo

  /** Any of them ends the command. */
  readonly signals?: readonly AbortSignal[]
  readonly input?: Input | undefined
  /** Shell text that runs first, with the channel as its stdin; the lifeline begins behind it. */
  readonly intake?: string
}

/** Carries one command out on a machine: the only thing ssh and local do differently. */
export type CarryOut = (command: Command, options: CarryOptions) => Promise<CommandOutcome>

/** The same for those who ask: one signal, and the session's own is added. */
export type Carry = (
  command: Command,
  options: Omit<CarryOptions, 'signals' | 'sudo'> & Pick<ExecOptions, 'signal' | 'sudo' | 'passwords'>,
) => Promise<CommandOutcome>

/** A session over whatever carries commands out; `hangUp` follows when the last of them has ended. */
export function sessionOver(host: Host, carryOut: CarryOut, hangUp: () => Promise<void>): Session {
  const closing = new AbortController()
  // Every command of the session listens.
  setMaxListeners(0, closing.signal)
  const running = new Set<Promise<CommandOutcome>>()
  const carry: Carry = async (command, { signal, sudo: wish, passwords, ...options }) => {
    const signals = signal ? [signal, closing.signal] : [closing.signal]
    const sudo = wish && { sudo: sudoOn(host.name, wish, passwords) }
    const outcome = carryOut(command, { ...options, ...sudo, signals })
    running.add(outcome)
    try {
      return await outcome
    } catch (error) {
      throw error instanceof Refused ? refusalError(host.name, sudo?.sudo.user ?? '', error) : error
    } finally {
      running.delete(outcome)
    }
  }
  return {
    host,
    keepsJobs: true,
    async exec(command, { stdin, ...options } = {}): Promise<ExecResult> {
      const given = [...command.parts, ...Object.values(options.env ?? {}), stdin]
      await findSecrets(given.filter((each) => each instanceof Secret))
      return { outcome: await carry(command, { ...options, input: inputOf(stdin) }), assumed: false }
    },
    // Most runs copy nothing: what copying needs is loaded then.
    put: async (local, remote, options = {}) =>
      (await import('./put.ts')).put({ host, carry }, local, remote, options),
    get: async (remote, local, options = {}) =>
      (await import('./get.ts')).get({ host, carry }, remote, local, options),
    async close() {
      closing.abort()
      await Promise.allSettled(running)
      await hangUp()
    },
  }
}

function sudoOn(host: string, wish: NonNullable<ExecOptions['sudo']>, passwords = new SudoPasswords()): Sudo {
  const user = (wish === true ? undefined : wish.user) ?? 'root'
  return { user, answer: (whose) => passwords.answer(host, whose) }
}
