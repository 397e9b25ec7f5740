import { quote, UsageError } from '../shell/index.ts'

/** What follows the marker when a command that had to wait begins. */
export const STARTS = ' starts'
/** What follows the marker when sudo wants a password: a blank and the user whose it is. */
export const ASKS = ' asks'
/** What follows the marker where there is no sudo. */
export const NO_SUDO = ' no sudo'

/**
 * The shell line that runs a script as another user. The lifeline is inside, for a plain user can end no process of
 * root's; it is told the process that stands for sudo, and that one's parent, which is gone when we are. sudo asks on
 * stderr with a line nobody can guess; where it asks for nothing, nothing is sent that the command would read.
 *
 * @param encoded the script, for `printf %b`: quotes within quotes are more than fish can carry
 */
export function throughSudo(encoded: string, marker: string, user: string): string {
  if (user === '' || user.startsWith('-')) throw new UsageError(`${quote(user)} is no user sudo could run as`)
  const asks = `gachette_p=$(printf "${marker}${ASKS} %%p\\n_");`
  // root on a machine without sudo needs none.
  const unneeded = user === 'root' ? '[ "$(id -u)" = 0 ]&&exec "$@";' : ''
  return (
    `set -- setsid -w /bin/sh -c "$(printf %b '${encoded}')" gachette $$ $PPID;` +
    `command -v sudo >/dev/null||{ ${unneeded}echo "${marker}${NO_SUDO}" >&2;exit 126;};` +
    `${asks}exec sudo -S -H -p "\${gachette_p%_}" -u ${quote(user)} -- "$@"`
  )
}

/** First in that script: who stands for sudo (`$gachette_p`) and its parent (`$gachette_q`); and that it begins. */
export const insideSudo = (marker: string): string =>
  `gachette_p=$1 gachette_q=$2;set --;${says(marker + STARTS)}`

/** First where a command has a terminal: what is sent must neither come back nor be changed, and output has no `\r`. */
export const onTerminal = 'stty raw -echo||exit 126;'

/** Says one line to us, on stderr. */
export const says = (line: string): string => `echo "${line}" >&2;`
