import type { StaticFolder } from './configuration.ts'

/** An expression of find(1), word by word, that is true of what a static package keeps. */
export type Rule = readonly string[]

/**
 * The better rule of static files: `includes` picks files at any depth, `excludes` leaves out files, and folders with
 * all below them, that match any of its patterns; a text is one pattern. Folders are always entered.
 */
export function keepRule({ includes, excludes }: StaticFolder): Rule {
  const included = patternList(includes)
  const leftOut = any(patternList(excludes))
  const notPicked = included.length === 0 ? [] : ['!', '-type', 'd', '!', '(', ...any(included), ')']
  const clauses = [leftOut, notPicked].filter((clause) => clause.length > 0)
  return prune(clauses.flatMap((clause, at) => (at === 0 ? clause : ['-o', ...clause])))
}

/**
 * What trebuchet did: at each level, and for folders as for files, what matches no include and every exclude is left
 * out; a text is a list of its characters, and no pattern at all leaves everything out.
 */
export function upstreamRule({ includes, excludes }: StaticFolder): Rule {
  const characters = (patterns: StaticFolder['includes']) =>
    typeof patterns === 'string' ? [...patterns] : (patterns ?? [])
  const included = characters(includes)
  const notPicked = included.length === 0 ? [] : ['!', '(', ...any(included), ')']
  const all = [...notPicked, ...characters(excludes).flatMap((pattern) => ['-name', findPattern(pattern)])]
  return prune(all.length === 0 ? ['-true'] : all)
}

/** The rule as a file, a word a line. */
export const findWords = (rule: Rule): string => rule.map((word) => `${word}\n`).join('')

/**
 * A pattern of Python's fnmatch for find: there a backslash escapes and `[^…]` negates, in Python neither; a `[` without
 * its `]` is itself.
 */
export function findPattern(pattern: string): string {
  let written = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    const end = character === '[' ? closing(pattern, at) : -1
    if (end > 0) {
      written += set(pattern.slice(at + 1, end))
      at = end
    } else written += character === '[' || character === '\\' ? `\\${character}` : character
  }
  return written
}

/** Where the set that begins at `from` ends; -1 where it does not. A `]` that comes first is one of the set. */
function closing(pattern: string, from: number): number {
  const first = from + (pattern[from + 1] === '!' ? 2 : 1)
  return pattern.indexOf(']', pattern[first] === ']' ? first + 1 : first)
}

function set(inner: string): string {
  const negated = inner.startsWith('!')
  const members = (negated ? inner.slice(1) : inner).replaceAll('\\', '\\\\').replaceAll('[', '\\[')
  return `[${negated ? '!' : ''}${members.startsWith('^') ? `\\${members}` : members}]`
}

const patternList = (patterns: StaticFolder['includes']): readonly string[] =>
  typeof patterns === 'string' ? [patterns] : (patterns ?? [])

const any = (patterns: readonly string[]): Rule =>
  patterns.flatMap((pattern, at) => [...(at === 0 ? [] : ['-o']), '-name', findPattern(pattern)])

const prune = (leftOut: Rule): Rule => (leftOut.length === 0 ? [] : ['(', ...leftOut, ')', '-prune', '-o'])
