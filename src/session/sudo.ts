import { printable, type Secret, TaskError } from '../shell/index.ts'

/** With whose rights a command runs: root's, or those of another user. */
export type SudoWish = true | { readonly user?: string | undefined }

/** The same for whoever carries the command out: whose rights, and who knows the password if sudo wants one. */
export interface Sudo {
  readonly user: string
  readonly answer: (whose: string) => Promise<SudoAnswer>
}

/** A password for one question of sudo's; `judged` hears what came of it (undefined: nobody will know). */
export interface SudoAnswer {
  readonly password: Secret
  readonly judged: (accepted: boolean | undefined) => void
}

/** Where the passwords of a run come from. */
export interface SudoSource {
  /** The one that is set, for every host. */
  readonly password?: Secret | undefined
  /** Asks a person. */
  readonly prompt?: ((question: string) => Promise<Secret>) | undefined
}

/**
 * The passwords sudo may want in one run. A person is asked once, whatever the number of hosts. A host that has refused
 * a password is not given it again, and until it has judged the first one no second is sent: accounts get locked.
 */
export class SudoPasswords {
  readonly #source: SudoSource
  readonly #typed = new Map<string, Promise<Secret>>()
  readonly #verdicts = new Map<string, Promise<boolean | undefined>>()

  constructor(source: SudoSource = {}) {
    this.#source = source
  }

  /** The password of a user on a host. Rejects with a Refused where there is none, or where it was refused before. */
  async answer(host: string, whose: string): Promise<SudoAnswer> {
    const account = JSON.stringify([host, whose])
    for (let before = this.#verdicts.get(account); before !== undefined; ) {
      const accepted = await before
      if (accepted === false) throw new Refused('password', whose)
      if (accepted) return { password: await this.#password(host, whose), judged: () => {} }
      const next = this.#verdicts.get(account)
      before = next === before ? undefined : next
    }
    let judged: SudoAnswer['judged'] = () => {}
    const verdict = new Promise<boolean | undefined>((resolve) => {
      judged = resolve
    })
    this.#verdicts.set(account, verdict)
    try {
      return { password: await this.#password(host, whose), judged }
    } catch (error) {
      judged(undefined)
      throw error
    }
  }

  async #password(host: string, whose: string): Promise<Secret> {
    const { password, prompt } = this.#source
    if (password) return password.find()
    if (!prompt) throw new Refused('no-password', whose)
    const typed =
      this.#typed.get(whose) ?? prompt(`sudo password of ${printable(whose).slice(1, -1)} (${host} asks): `)
    this.#typed.set(whose, typed)
    return typed
  }
}

/** Why nothing was run. `refused`: for a reason only sudo knows. */
export type Refusal = 'no-terminal' | 'absent' | 'no-password' | 'password' | 'refused'

/** sudo ran nothing, or the host gave no terminal; whoever knows the host makes a TaskError of it. */
export class Refused extends Error {
  readonly why: Refusal
  /** Whose password was asked for; empty where none was. */
  readonly whose: string
  /** sudo's own words. */
  readonly said: string

  constructor(why: Refusal, whose = '', said = '') {
    super(`refused: ${why}`)
    this.why = why
    this.whose = whose
    this.said = said
  }
}

/** What a person is told of it. */
export function refusalError(host: string, user: string, { why, whose, said }: Refused): TaskError {
  const name = printable(whose).slice(1, -1)
  switch (why) {
    case 'no-terminal':
      return new TaskError(`${host}: the host gives no terminal, and the command asks for one (pty)`, {
        hint: 'PermitTTY in the sshd_config of the host decides that',
      })
    case 'absent':
      return new TaskError(`${host}: there is no sudo, and what is asked needs the rights of ${user}`, {
        hint: 'install it there (apt-get install sudo), or log in as that user',
      })
    case 'no-password':
      return new TaskError(`${host}: sudo asks for the password of ${name}, and there is none`, {
        hint: 'set sudo_password (better GACHETTE_SUDO_PASSWORD), or run this at a terminal, where it is asked for',
      })
    case 'password':
      return new TaskError(`${host}: sudo does not accept the password of ${name}`, {
        hint: 'it was tried once on this host, and is not sent to it again in this run',
      })
    case 'refused': {
      // sudo shows what it was to run: a script of ours, thousands of characters long.
      const output = said
        .replace(/[\w/.-]*setsid -w \/bin\/sh -c .* gachette \d+ \d+/g, 'gachette …')
        .split(/\r?\n/)
        .filter(Boolean)
        .slice(-10)
      return new TaskError(`${host}: sudo does not run this as ${user}`, {
        output,
        hint: 'the sudoers of the host must allow this user all commands: a task is run by /bin/sh',
      })
    }
  }
}
