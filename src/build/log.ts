import { type Query, script, sh } from '../shell/index.ts'

/** Where the log of a build lies: beside its packages. */
export const logOf = (outputDir: string): string => `${outputDir}.log`

/**
 * The same question; what its command prints on stderr is also kept in a file. stdout and the exit status stay what
 * they are. A log that cannot be written (a full disk) does not end the build.
 */
export const logged = <T>(query: Query<T>, path: string): Query<T> => ({
  ...query,
  command: script(sh`log=${path}
mkdir -p -m 0700 -- "\${log%/*}"
{
  {
    (
${query.command}
    ) 2>&1 >&3 3>&-
    echo $? >"$log.status"
  } | tee -i -- "$log" >&2 3>&-
} 3>&1
read -r status <"$log.status" || exit 1
rm -f -- "$log.status"
exit "$status"`),
})
