import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { makeUser } from './sessions.ts'
import type { Sshd } from './sshd.ts'

/** A user who may log in to the server and, as a rule of sudoers says, use sudo there; gone when the suite is over. */
export interface Sudoer {
  readonly name: string
  readonly password: string
  /** Replaces the user's lines of sudoers; `USER` stands for the name. */
  allow(...lines: readonly string[]): void
  remove(): void
}

export function makeSudoer(sshd: Sshd, ...lines: readonly string[]): Sudoer {
  const user = makeUser(sshd)
  const password = randomBytes(9).toString('base64url')
  execFileSync('chpasswd', { input: `${user.name}:${password}\n` })
  const file = `/etc/sudoers.d/${user.name}`
  const allow: Sudoer['allow'] = (...allowed) =>
    writeFileSync(file, allowed.map((line) => `${line.replaceAll('USER', user.name)}\n`).join(''), {
      mode: 0o440,
    })
  allow(...lines)
  return {
    name: user.name,
    password,
    allow,
    remove() {
      rmSync(file, { force: true })
      rmSync(`/run/sudo/ts/${user.name}`, { force: true })
      rmSync(`/var/lib/sudo/lectured/${user.name}`, { force: true })
      user.remove()
    },
  }
}
