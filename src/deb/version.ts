import { printable, UsageError } from '../shell/index.ts'

/** A version dpkg accepts without a complaint: `[epoch:]upstream[-revision]`, as deb-version(7) has it. Made by `parseVersion`. */
export type DebVersion = string & { readonly is: 'DebVersion' }

/** Longer ones would not fit into a file name. */
const LONGEST = 200
const LARGEST_EPOCH = 2_147_483_647

/** Reads a version exactly as `dpkg --validate-version` does, save that spaces around it are refused. Throws a UsageError. */
export function parseVersion(text: string): DebVersion {
  const fault = faultOf(text)
  if (fault !== undefined) throw new UsageError(`${printable(text)} is no Debian version: ${fault}`)
  return text as DebVersion
}

/** Whether dpkg accepts the text as a version. */
export const isVersion = (text: string): text is DebVersion => faultOf(text) === undefined

/**
 * Debian's order: negative when `a` sorts before `b`, positive when after, 0 when dpkg holds them equal (`1.0` and
 * `1.00`, `1` and `1-0`).
 */
export function compareVersions(a: DebVersion, b: DebVersion): number {
  if (a === b) return 0
  const [left, right] = [partsOf(a), partsOf(b)]
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  )
}

function faultOf(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text.length > LONGEST) return `it is longer than ${LONGEST} characters`
  const odd = /[^A-Za-z0-9.+~:-]/.exec(text)
  if (odd !== null) return `${printable(odd[0])} is not allowed in it`
  const colon = text.indexOf(':')
  if (colon >= 0) {
    const epoch = text.slice(0, colon)
    if (!/^\d+$/.test(epoch)) return 'the epoch before the colon is no number'
    if (Number(epoch) > LARGEST_EPOCH) return 'the epoch is too large'
  }
  const { upstream, revision } = partsOf(text)
  if (!/^\d/.test(upstream)) return 'it does not start with a digit'
  if (text.endsWith('-')) return 'there is nothing after its last dash'
  if (revision.includes(':')) return 'a colon is not allowed after its last dash'
  return undefined
}

function partsOf(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':')
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** dpkg's verrevcmp: runs of other characters and runs of digits in turn. */
function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weight(a, i) - weight(b, j)
      if (difference !== 0) return difference
      i++
      j++
    }
    const [left, right] = [digitsAt(a, i), digitsAt(b, j)]
    i += left.length
    j += right.length
    const difference = compareNumbers(left.replace(/^0+/, ''), right.replace(/^0+/, ''))
    if (difference !== 0) return difference
  }
  return 0
}

/** Digit strings without leading zeros, of any length. */
const compareNumbers = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

const isDigit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

const digitsAt = (text: string, at: number): string => /^\d*/.exec(text.slice(at))?.[0] ?? ''

/** `~` before the end, the end before letters, letters before everything else. */
function weight(text: string, at: number): number {
  const char = text[at]
  if (char === undefined || isDigit(text, at)) return 0
  if (char === '~') return -1
  const code = char.charCodeAt(0)
  return /[A-Za-z]/.test(char) ? code : code + 256
}
