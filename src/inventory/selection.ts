import { printable, UsageError } from '../shell/index.ts'
import { parseHost } from './parse-host.ts'
import { isWildcard } from './pattern.ts'
import { firstOfRanges } from './range.ts'

/** What becomes of the hosts so far: these too, all but these, only these, or those of either side that are not of both. */
export type Operation = ',' | '!' | '&' | '^'

/** One word of a selection: a host string, ranges and wildcards in it, or a role (`@web`). */
export interface Term {
  readonly operation: Operation
  readonly word: string
}

/**
 * Reads a selection: `web[01-20],!web07`, `@web&@eu!@old`. Operations are ClusterShell's, and are carried out from left
 * to right; a comma before one of the others is as good as none. Whether the words name anything is not looked at.
 */
export function parseSelection(text: string): readonly Term[] {
  const terms: Term[] = []
  let operation: Operation | undefined
  for (const { before, word } of splitAtOperations(text)) {
    if (before !== undefined) operation = next(operation, before)
    if (word === '') continue
    terms.push({ operation: operation ?? ',', word })
    operation = undefined
  }
  if (operation !== undefined && operation !== ',') throw dangling(operation)
  return terms

  function next(pending: Operation | undefined, now: Operation): Operation {
    if (pending === undefined || pending === ',') return now
    throw dangling(pending)
  }
  function dangling(pending: Operation): UsageError {
    return new UsageError(`${printable(text)}: nothing stands after ${pending}`, { hint: HINT })
  }
}

/** A list cut at its commas, those within brackets not counted: `web[01-03,07],db1` is two. Empty parts are left out. */
export function splitAtCommas(list: string): readonly string[] {
  const parts: string[] = []
  for (const { before, word } of splitAtOperations(list)) {
    if (before === undefined || before === ',' || parts.length === 0) parts.push('')
    parts[parts.length - 1] += (before === undefined || before === ',' ? '' : before) + word
  }
  return parts.filter((part) => part !== '')
}

/** Checks a selection without carrying it out: its words must be host strings, or roles by their look. Throws a UsageError. */
export function checkSelection(text: string): void {
  for (const { word } of parseSelection(text)) if (!word.startsWith('@')) checkWord(word)
}

/** Refuses a selection that begins with leaving out, for where there is nothing before it. */
export function refuseDangling(text: string): void {
  const [first] = parseSelection(text)
  if (first === undefined || first.operation === ',') return
  throw new UsageError(
    `${printable(text)} begins with ${first.operation}, and there is nothing before it to choose from`,
    { hint: HINT },
  )
}

const HINT =
  "hosts are chosen from left to right:  '@web,!web07'  or  '@web&@eu' ; -x leaves hosts out of all"

function checkWord(word: string): void {
  const host = firstOfRanges(word)
  parseHost(isWildcard(host) ? host.replace(/[*?]/g, 'x') : host)
}

interface Cut {
  /** What stands before the word; undefined before the first. */
  readonly before: Operation | undefined
  readonly word: string
}

function splitAtOperations(text: string): readonly Cut[] {
  const cuts: Cut[] = []
  let before: Operation | undefined
  let begin = 0
  let depth = 0
  for (let at = 0; at <= text.length; at++) {
    const char = text[at]
    if (char === '[') depth++
    else if (char === ']') depth--
    else if (char === undefined || (depth <= 0 && isOperation(char))) {
      cuts.push({ before, word: text.slice(begin, at).trim() })
      before = char
      begin = at + 1
    }
  }
  return cuts
}

const isOperation = (char: string): char is Operation =>
  char === ',' || char === '!' || char === '&' || char === '^'
