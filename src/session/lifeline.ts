import { randomBytes } from 'node:crypto'
import { type Command, quote, render, Secret, sh, shellLine, UsageError } from '../shell/index.ts'
import type { CarryOptions } from './carried.ts'
import { insideSudo, onTerminal, STARTS, says, throughSudo } from './sudo-shell.ts'

/** A command in its lifeline, ready to be started by a POSIX shell. */
export interface Wrapped {
  /** For `/bin/sh -c`: one line of printable ASCII, at most 32,000 bytes as a login shell is given it. */
  readonly script: string
  /** What must come first on the channel: secrets, and text too long for an argument. Empty for most commands. */
  readonly preamble: Buffer
  /** Begins the line on stderr that tells what became of a command that was ended; nobody can guess it. */
  readonly marker: string
  /** Nothing may be sent before the far side says `STARTS`: sudo may ask first, or a terminal is not yet quiet. */
  readonly waits: boolean
}

export interface WrapOptions
  extends Pick<CarryOptions, 'cwd' | 'env' | 'input' | 'intake' | 'sudo' | 'terminal'> {
  /** The shell was started by setsid(1), because the server makes no session for a command. */
  readonly inOwnSession?: boolean
  /** The server takes long lines: it is OpenSSH. */
  readonly longLines?: boolean
}

/** What follows the marker when the shell does not lead a session of its own: nothing was run, start it by setsid(1). */
export const NO_SESSION = ' no session'
/** What follows the marker when the lifeline begins to end the command. */
export const ENDS = ' ends'
/** What follows the marker when it has: the process ids that are left. */
export const LEFT = ' left'

/** Random once per process, counted on: cheap for thousands of commands. */
const UNGUESSABLE = randomBytes(12).toString('hex')
let wraps = 0

/**
 * Longer texts come by stdin. No SSH server need take a packet above 35,000 bytes (RFC 4253 §6.1; OpenSSH does, dropbear
 * and ssh2 do not), and the lifeline itself needs up to 4,000 of them.
 */
const LONGEST_TEXT = 28_000
/** OpenSSH takes packets of 256 KiB, and Linux arguments of 128: to send it at once saves a round trip. */
const LONGEST_FOR_OPENSSH = 100_000

/**
 * Puts a command under the lifeline. The shell that runs it leads its own session (sshd sees to that), and a watcher
 * beside it blocks on the channel's stdin, which nobody ever closes while we live. When it closes and the shell is still
 * there, we are gone or want an end: the watcher sends TERM to the session, KILL a second later, and says on stderr
 * which processes are left. A command that ends by itself leaves its exit status to sshd, untouched.
 */
export function wrap(command: Command, options: WrapOptions): Wrapped {
  wraps += 1
  const marker = `gachette-${UNGUESSABLE}-${wraps}`
  const { text, secrets } = render(command)
  const { sudo, terminal } = options
  const preamble: Buffer[] = []
  const steps = beginning(marker, options)
  for (const [name, secret] of secrets) steps.push(readSecret(name, secret, preamble))
  const settings: string[] = []
  Object.entries(options.env ?? {}).forEach(([name, value], at) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new UsageError(`${quote(name)} is no name for an environment variable`)
    const variable = `gachette_env_${at + 1}`
    if (value instanceof Secret) steps.push(readSecret(variable, value, preamble))
    settings.push(`export ${name}=${value instanceof Secret ? `"$${variable}"` : quote(value)};`)
  })
  if (options.cwd !== undefined) settings.push(`cd -- ${quote(fromHere(options.cwd))}||exit;`)
  const fed = options.input !== undefined && options.intake === undefined
  const body = carry(withoutNul(settings.join('') + text), fed, options)
  if (body.preamble) preamble.push(body.preamble)
  const intake = options.intake === undefined ? '' : `${carry(options.intake, true, {}).line}||exit;`
  const guarded = `${guard(marker, fed, options)}${body.line}`
  const inner = steps.join('') + body.read + intake + guarded
  return {
    script: sudo ? (terminal ? onTerminal : '') + throughSudo(encode(inner), marker, sudo.user) : inner,
    preamble: Buffer.concat(preamble),
    marker,
    waits: sudo !== undefined || terminal !== undefined,
  }
}

/** What comes before anything is read. */
function beginning(marker: string, { sudo, terminal, inOwnSession }: WrapOptions): string[] {
  if (sudo) return [insideSudo(marker)]
  const alone = inOwnSession ? [] : [leadsItsSession(marker)]
  // The kernel's HUP is for the command; its shell stays until the watcher has seen to all of them.
  return terminal ? [onTerminal, ...alone, says(marker + STARTS), 'trap : HUP;'] : alone
}

/** What stands in front of the command, and ends it when we are gone. */
function guard(marker: string, fed: boolean, { sudo, terminal }: WrapOptions): string {
  const isGone = orphaned(sudo !== undefined)
  if (fed) return `{ { ${feeder(marker, isGone, terminal !== undefined)} } & } 3<&0|`
  if (terminal) return `( { ${DEAF}${isGone}${end(marker)} } </dev/null >/dev/null 2>&1 & );`
  return `( { ${watcher(marker)} } <&3 3<&- >/dev/null & ) 3<&0;exec </dev/null;`
}

/**
 * The one line every login shell carries to `/bin/sh` unchanged: bash, dash, zsh, fish, csh, tcsh. Single quotes are
 * enough because a wrapped script holds no newline and no `!` (csh), and no backslash before a quote or another (fish).
 */
export function throughLoginShell(script: string, inOwnSession = false): string {
  return `exec ${inOwnSession ? 'setsid ' : ''}/bin/sh -c '${script.replaceAll("'", `'\\''`)}'`
}

/** Shell text as something that stands at the end of one line: itself when harmless, else decoded by printf, else read. */
function carry(
  text: string,
  always: boolean,
  { sudo, longLines }: Pick<WrapOptions, 'sudo' | 'longLines'>,
): { read: string; line: string; preamble?: Buffer } {
  const most = longLines && !sudo ? LONGEST_FOR_OPENSSH : LONGEST_TEXT
  const fits = (line: string) => (sudo ? encode(line) : throughLoginShell(line)).length <= most
  if (!always && fits(text) && /^[\x20\x22-\x5b\x5d-\x7e]*$/.test(text)) return { read: '', line: text }
  const line = `eval "$(printf %b '${encode(text)}')"`
  if (fits(line)) return { read: '', line }
  const preamble = Buffer.from(`${text}\n${LAST_LINE}`)
  return {
    // The last line proves that no lost connection cut the text short: half a script is never run.
    read: `gachette_text=$(head -c ${preamble.length});case $gachette_text in *"${LAST_LINE}");;*)exit 125;;esac;`,
    line: 'eval "$gachette_text"',
    preamble,
  }
}

const LAST_LINE = '#gachette-end'

/** For `printf %b`: whatever a login shell could stumble over as octal bytes. */
function encode(text: string): string {
  return text.replace(/[^\x20\x22-\x26\x28-\x5b\x5d-\x7e]+/g, (odd) =>
    [...Buffer.from(odd)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join(''),
  )
}

/** `read` takes single bytes, so that what follows on the channel stays there. */
function readSecret(name: string, secret: Secret, preamble: Buffer[]): string {
  const value = withoutNul(secret.reveal())
  preamble.push(Buffer.from(`${value}\n`))
  return readingOf(name, value)
}

/** Shell text that reads a value of as many lines from stdin into a variable. */
export function readingOf(name: string, value: string): string {
  const [, ...further] = value.split('\n')
  const first = `IFS= read -r ${name}||exit 125;`
  if (further.length === 0) return first
  const more = `IFS= read -r gachette_s||exit 125;${name}=$${name}$gachette_n$gachette_s;`
  return `gachette_n=$(printf "\\n_");gachette_n=\${gachette_n%_};${first}${more.repeat(further.length)}`
}

function withoutNul(text: string): string {
  if (text.includes('\0')) throw new UsageError('the command holds a NUL byte, which no command can be given')
  return text
}

/** Relative to the login folder, and never an option, `cd -` or a word for CDPATH. */
const fromHere = (cwd: string): string => (cwd.startsWith('/') ? cwd : `./${cwd}`)

const leadsItsSession = (marker: string): string =>
  // /proc/PID/stat: pid (name) state ppid pgrp session; the name may hold anything, so cut at the last parenthesis.
  `read -r gachette_s </proc/$$/stat;set -- \${gachette_s##*) };[ "$3" = $$ ]||{ echo "${marker}${NO_SESSION}" >&2;exit 126;};set --;`

const DEAF = 'trap "" HUP INT TERM PIPE;'
const WAIT = 'while read -r gachette_s;do :;done;'

/** Waits, in a process of its own, for the end of the channel's stdin. */
const watcher = (marker: string): string => DEAF + WAIT + end(marker)

/** Nothing to do when the command is over; else say that its end begins, and end it from a session of our own. */
const end = (marker: string): string =>
  `[ -e /proc/$$ ]||kill -0 $$ 2>/dev/null||exit 0;echo "${marker}${ENDS}" >&2;kill -s TERM -- -$$;` +
  `exec setsid /bin/sh -c '${END_SESSION}' ${marker} $$;`

/**
 * Hands frames on to the command: a line with a number of bytes, then the bytes; 0 is the end of its input, and from
 * there on this is a watcher. Without that 0 the command must not believe that it has read everything: its pipe stays
 * open until it is ended. A command that does not read blocks the hand that feeds it, which then sees no end of the
 * channel; so a second process looks whether the shell still has its parent (sshd's process for this connection).
 */
function feeder(marker: string, isGone: string, onTerminal: boolean): string {
  const frames =
    'while read -r gachette_s&&[ "$gachette_s" -gt 0 ];do head -c "$gachette_s" 2>/dev/null||cat >/dev/null;done;' +
    // A terminal does not end while somebody holds it, and it has another watcher.
    `[ "$gachette_s" = 0 ]&&{ exec >/dev/null;${onTerminal ? 'exit 0;' : WAIT}};`
  // A feeder that ends the command has left its session already; one that has not is stuck.
  const unlessAtIt = `{ read -r gachette_s </proc/$gachette_f/stat;} 2>/dev/null&&set -- \${gachette_s##*) }&&[ "$4" != $$ ]&&exit 0;`
  // Whatever holds the channel's streams delays its end: the second process holds none.
  return (
    `${DEAF}{ ${frames}${end(marker)} } <&3 3<&- & gachette_f=$!;exec >/dev/null 2>&1 3<&-;` +
    `${isGone}${unlessAtIt}kill -s KILL $gachette_f;${end(marker)}`
  )
}

/**
 * Waits until the shell has lost its parent, or is over itself. Under sudo that parent is sudo, which outlives us: there
 * it is sudo's own parent that counts (and where the host hides the processes of others, nobody can look).
 */
function orphaned(withinSudo: boolean): string {
  const [child, parent] = withinSudo ? ['$gachette_p', '$gachette_q'] : ['$$', '$PPID']
  return (
    `${withinSudo ? `[ -e /proc/${child} ]||exit 0;` : ''}while { read -r gachette_s </proc/${child}/stat;} 2>/dev/null;` +
    `do set -- \${gachette_s##*) };[ "$2" = ${parent} ]||break;sleep 0.3;done;[ -e /proc/$$ ]||exit 0;`
  )
}

/**
 * Ends session $1 and says what is left of it. A second's grace between TERM and KILL, so that all is over in two. The
 * group is reached at once by its number; groups that job control made in the same session are found in /proc.
 */
export const END_SESSION = [
  'g=$1',
  'trap "kill -s KILL -- -$g 2>/dev/null" EXIT',
  // Of a process that lives: its group in $a, its session in $b.
  `stat() { { read -r s </proc/$1/stat;} 2>/dev/null||return;set -- \${s##*) };a=$3;b=$4;case $1 in [ZX])return 1;;esac;}`,
  `find() { p=;t=;for f in /proc/[0-9]*;do f=\${f#/proc/};stat $f||continue;` +
    'if [ $a = $g ];then p="$p $f";elif [ $b = $g ];then p="$p $f";t="$t $f";fi;done;}',
  'alive() { for q in $p;do stat $q&&return;done;return 1;}',
  'find',
  '[ "$t" ]&&kill -s TERM $t 2>/dev/null',
  'n=0;while alive&&[ $n -lt 20 ];do sleep 0.05;n=$((n+1));done',
  'find',
  'n=0;while [ "$p" ]&&[ $n -lt 8 ];do kill -s KILL -- -$g $p 2>/dev/null;sleep 0.05;find;n=$((n+1));done',
  'trap - EXIT',
  `echo "$0${LEFT}$p" >&2`,
].join(';')

/**
 * The command that ends the command with this marker from outside: its own lifeline is stuck behind input nobody reads,
 * or has a terminal to listen to, which tells it nothing. Some process in the session of the command has the marker, if
 * only the watcher: the command's shell may have become another program. The marker travels like a secret: on an argument list it would find itself.
 */
export function endFromOutside(marker: string): Command {
  const secret = new Secret(marker)
  return sh`m=${secret}
for f in $(printf '%s\n' "$m" | grep -lsaF -f - /proc/[0-9]*/cmdline); do
  { read -r s < "\${f%cmdline}stat"; } 2>/dev/null || continue
  case $s in *"(sudo) "* | *"(setsid) "*) continue ;; esac # Around the session of their command, they end with it.
  set -- \${s##*) }
  g=$4
  kill -s TERM -- "-$g"
  exec /bin/sh -c ${END_SESSION} "$m" "$g"
done
echo "$m${shellLine(LEFT)}" >&2`
}
