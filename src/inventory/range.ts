import { printable, UsageError } from '../shell/index.ts'
import { isPadded, padded } from './digits.ts'

/** One word names this many hosts at most. */
const MOST = 10_000
const ITEM = /^(\d+)(?:-(\d+)(?:\/(\d+))?)?$/

/**
 * The words a word with ranges stands for: `rack[1-2]n[01,07-09]` is eight, `web[0-10/5]` three; one without ranges is
 * itself. As in ClusterShell: zeros in front are kept, the last range turns fastest, and an address (`[::1]:22`) is no
 * range. Throws a UsageError.
 */
export function expandRanges(word: string): readonly string[] {
  if (!/[[\]]/.test(word)) return [word]
  let words: readonly string[] = ['']
  for (const piece of piecesOf(word)) {
    const endings = typeof piece === 'string' ? [piece] : piece.flatMap(numbersOf)
    words = words.flatMap((begun) => endings.map((ending) => begun + ending))
  }
  return words
}

/** The first of the words that a word stands for, without making the others; throws as `expandRanges` does. */
export const firstOfRanges = (word: string): string =>
  piecesOf(word)
    .map((piece) => (typeof piece === 'string' ? piece : (piece[0]?.from ?? '')))
    .join('')

/** A run of numbers, both ends included, as digits. */
interface Numbers {
  readonly from: string
  readonly to: string
  readonly step: number
}

/** A text as it stands, or what stands in brackets. */
type Piece = string | readonly Numbers[]

function piecesOf(word: string): readonly Piece[] {
  const pieces = word.split(/(\[[^[\]]*\])/).map((piece, at): Piece => {
    const isBracketed = at % 2 === 1
    if (isBracketed && !piece.includes(':')) return piece.slice(1, -1).split(',').map(read)
    if (!isBracketed && /[[\]]/.test(piece))
      throw refused(word, 'a bracket has no other half, or is within another')
    return piece
  })
  const count = pieces.reduce((product, piece) => product * countOf(piece), 1)
  if (count <= MOST) return pieces
  throw refused(word, `a word may name ${MOST} hosts, and it names ${count < 1e15 ? count : 'far more'}`)

  function read(item: string): Numbers {
    const [, from, to = from, step = '1'] = ITEM.exec(item.trim()) ?? []
    if (from === undefined || to === undefined)
      throw refused(word, `${printable(item)} is neither a number nor a range`)
    const shown = `${from}-${to}`
    if (Math.max(from.length, to.length, step.length) > 9) throw refused(word, 'its numbers are too long')
    if ((isPadded(from) || isPadded(to)) && from.length !== to.length)
      throw refused(word, `${shown} has zeros in front, and so both ends need as many digits`)
    if (Number(from) > Number(to)) throw refused(word, `${shown} runs backwards`)
    if (Number(step) < 1) throw refused(word, 'a step is 1 at least')
    return { from, to, step: Number(step) }
  }
}

const countOf = (piece: Piece): number =>
  typeof piece === 'string'
    ? 1
    : piece.reduce((sum, { from, to, step }) => sum + Math.floor((Number(to) - Number(from)) / step) + 1, 0)

function numbersOf({ from, to, step }: Numbers): readonly string[] {
  const width = isPadded(from) ? from.length : 0
  const numbers: string[] = []
  for (let value = Number(from); value <= Number(to); value += step) numbers.push(padded(value, width))
  return numbers
}

const refused = (word: string, why: string): UsageError =>
  new UsageError(`${printable(word)} names no hosts: ${why}`, {
    hint: 'a range is written  web[01-20] , web[1,3,5-7]  or  rack[1-3]n[1-4]',
  })
