import { printable, SettingsError } from '../shell/index.ts'

/** Something wrong with the settings: where (`.gachetterc:3:5`, `environment GACHETTE_PORT`), what, and what to do. */
export interface Problem {
  readonly where: string
  readonly what: string
  readonly hint?: string | undefined
}

const SHOWN_AT_MOST = 50

/** One error for all problems, in their order; a single one keeps its advice in `hint`. */
export function settingsError(
  problems: readonly [Problem, ...Problem[]],
  of = 'the settings',
): SettingsError {
  const [first, ...others] = problems
  if (others.length === 0)
    return new SettingsError(
      `${first.where}: ${first.what}`,
      first.hint === undefined ? {} : { hint: first.hint },
    )
  const lines = problems
    .slice(0, SHOWN_AT_MOST)
    .flatMap(({ where, what, hint }) => [
      `  ${where}: ${what}`,
      ...(hint === undefined ? [] : [`    ${hint}`]),
    ])
  const hidden = problems.length - SHOWN_AT_MOST
  if (hidden > 0) lines.push(`  and ${hidden} more`)
  return new SettingsError([`${problems.length} problems in ${of}:`, ...lines].join('\n'))
}

/** The problems of one file by line and column. */
export const inOrderOfPlace = (problems: readonly Problem[]): readonly Problem[] =>
  problems
    .map((problem) => {
      const [, line, column] = /:(\d+):(\d+)$/.exec(problem.where) ?? []
      return { problem, line: Number(line ?? 0), column: Number(column ?? 0) }
    })
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ problem }) => problem)

/** A word of a user's as it stands in a message: bare when harmless, else quoted and escaped. */
export const asWord = (word: string): string =>
  /^[\w@%+:,./~*()[\] -]{1,120}$/.test(word) && word.trim() === word ? word : printable(word)
