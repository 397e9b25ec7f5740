import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../shell/index.ts'

/**
 * A shell that outlives us by a moment: it reads who lives (`+ PID`, `- PID`), and when we are gone, however that came,
 * it ends those that are left and removes the folder.
 */
const WATCH = [
  'trap "" HUP INT TERM',
  'l=',
  'while read -r w p;do case $w in +)l="$l $p";;*)n=;for q in $l;do [ $q = $p ]||n="$n $q";done;l=$n;;esac;done',
  '[ -z "$l" ]||kill -s TERM $l',
  'command -p rm -rf -- "$1"',
].join(';')

/** ssh adds 17 characters to a socket's name while it makes it, and the system takes 107. */
const LONGEST_PATH = 107 - 17

/** What every ssh of this program shares: a private folder for sockets, and a shell that tidies up behind us. */
export interface Warden {
  /** A path in the private folder that nobody has used. */
  newPath(): string
  /** This process is to end with us. */
  guard(pid: number): void
  /** It has ended. */
  dismiss(pid: number): void
  /** Called by whoever has called `warden`, once or more often; the last one takes folder and shell away. */
  leave(): void
}

let current: { readonly made: Promise<{ folder: string; shell: ChildProcess }>; users: number } | undefined
let paths = 0

/** The one warden of this program, there as long as somebody needs it. */
export async function warden(): Promise<Warden> {
  current ??= { made: make(), users: 0 }
  const mine = current
  mine.users++
  let hasLeft = false
  const leave = () => {
    // A connection that fails behind its login is left by both of its owners.
    if (hasLeft) return
    hasLeft = true
    if (--mine.users > 0) return
    if (current === mine) current = undefined
    mine.made.then(
      ({ shell }) => shell.stdin?.end(),
      () => {},
    )
  }
  const { folder, shell } = await mine.made.catch((error) => {
    leave()
    throw error
  })
  return {
    newPath: () => join(folder, String(++paths)),
    guard: (pid) => void shell.stdin?.write(`+ ${pid}\n`),
    dismiss: (pid) => void shell.stdin?.write(`- ${pid}\n`),
    leave,
  }
}

async function make(): Promise<{ folder: string; shell: ChildProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'gachette-ssh-'))
  const shell = spawn('/bin/sh', ['-c', WATCH, 'gachette-warden', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  if (folder.length + 8 > LONGEST_PATH || /["\\$%\s]/.test(folder)) {
    shell.stdin.end()
    throw new UsageError(`no socket of ssh can be made in ${folder}`, {
      hint: 'TMPDIR must be shorter than 60 characters, without blanks and signs of the shell',
    })
  }
  return { folder, shell }
}
