import { randomBytes } from 'node:crypto'
import { type Command, join, type Query, sh, shellLine } from './command.ts'
import { TaskError } from './errors.ts'

/**
 * A shell script of several lines, wrapped so that it runs whole or not at all: a script that a lost connection cut in
 * the middle would be executed up to the cut (`rm -rf /srv/a` of `rm -rf /srv/app/old`).
 */
export const script = (body: Command): Command =>
  join([shellLine('main() {\n'), body, shellLine('\n}\nmain "$@"')], '')

/**
 * Several questions in one round trip: each runs in a subshell of its own, in order, until one fails. The answer is
 * the list of their answers; the failure is judged by the question that failed.
 *
 * @param marker a line no answer can hold; between answers it stands on a line of its own
 */
export function allOf<const Q extends readonly Query<unknown>[]>(
  queries: Q,
  marker = `gachette-${randomBytes(12).toString('hex')}`,
): Query<AnswersOf<Q>> {
  const line = `\n${marker}\n`
  const split = (stdout: string) => stdout.split(line)
  const sections = queries.map(({ command }, at) => {
    const last = at === queries.length - 1
    // Not `( … ) || exit`: that would switch off a `set -e` inside.
    const judged = sh`(
${command}
)
gachette_status=$?
[ "$gachette_status" -eq 0 ] || exit "$gachette_status"`
    return last
      ? judged
      : sh`${judged}
printf '\n%s\n' ${marker}`
  })
  return {
    command: script(join(sections, '\n')),
    parse(stdout) {
      const answers = split(stdout)
      if (answers.length !== queries.length) throw new TaskError('the host answered less than it was asked')
      return queries.map((query, at) => query.parse(answers[at] ?? '')) as AnswersOf<Q>
    },
    assumed: queries.map((query) => query.assumed) as AnswersOf<Q>,
    failed(failure) {
      const answers = split(failure.stdout)
      return queries[answers.length - 1]?.failed?.({ ...failure, stdout: answers.at(-1) ?? '' })
    },
  }
}

/** The answers to a list of questions, in their order. */
export type AnswersOf<Q extends readonly Query<unknown>[]> = {
  -readonly [At in keyof Q]: Q[At] extends Query<infer T> ? T : never
}
