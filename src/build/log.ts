import { type Query, script, sh } from '../shell/index.ts'

/** Where the log of a build lies: beside its packages. */
export const logOf = (outputDir: string): string => `${outputDir}.log`

/**
 * The same question; what its command prints on stderr is also kept in a file. stdout and the exit status stay what
 * they are, also where the log cannot be written (a full disk).
 */
export const logged = <T>(query: Query<T>, path: string): Query<T> => ({
  ...query,
  command: script(sh`log=${path}
[ -d "\${log%/*}" ] || mkdir -p -m 0700 -- "\${log%/*}"
{
  status=$(
    {
      {
        (
${query.command}
        ) 2>&1 >&3 3>&- 4>&-
        echo $? >&4
      } | tee -i -- "$log" >&2 3>&- 4>&-
    } 4>&1
  )
} 3>&1
exit "\${status:-1}"`),
})
