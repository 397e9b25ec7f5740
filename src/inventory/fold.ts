import { FOLDABLE_DIGITS, isPadded, padded } from './digits.ts'

/**
 * Host names written short: `web1`, `web2`, `web3`, `db` are `web[1-3],db`. What comes out names the same hosts where
 * hosts are named; groups stand in the order of their first name, each name once, numbers in order.
 */
export function foldNames(names: readonly string[]): string {
  const families = new Map<string, Family>()
  for (const name of new Set(names)) {
    const { frame, numbers } = taken(name)
    const key = frame.join('\0')
    const family = families.get(key) ?? { frame, members: [] }
    family.members.push(numbers)
    families.set(key, family)
  }
  return [...families.values()].flatMap(folded).join(',')
}

/** Names that differ in their numbers only. */
interface Family {
  /** The text around the numbers: one more than there are numbers. */
  readonly frame: readonly string[]
  readonly members: (readonly string[])[]
}

/** The numbers of a name, and what is around them. Users, ports and addresses in brackets are left as they are. */
function taken(name: string): { readonly frame: readonly string[]; readonly numbers: readonly string[] } {
  const [, user = '', host = '', rest = ''] = /^(.*@)?([^@:[\]]*)(:\d*)?$/s.exec(name) ?? ['', name]
  const pieces = host.split(FOLDABLE_DIGITS)
  const frame = pieces.filter((_, at) => at % 2 === 0)
  frame[0] = user + (frame[0] ?? '')
  frame[frame.length - 1] += rest
  return { frame, numbers: pieces.filter((_, at) => at % 2 === 1) }
}

/** One place after the other, the last first: names that differ in that place only become one. */
function folded({ frame, members }: Family): readonly string[] {
  const [first = []] = members
  let rows = members
  for (let place = first.length - 1; place >= 0; place--) {
    if (rows.every((row) => row[place] === first[place])) continue
    const groups = new Map<string, { readonly row: readonly string[]; readonly numbers: string[] }>()
    for (const row of rows) {
      const key = row.with(place, '').join(' ')
      const group = groups.get(key) ?? { row, numbers: [] }
      group.numbers.push(row[place] ?? '')
      groups.set(key, group)
    }
    rows = [...groups.values()].map(({ row, numbers }) => row.with(place, ranges(numbers)))
  }
  return rows.map((row) => frame.map((text, at) => text + (row[at] ?? '')).join(''))
}

/** `1`, `2`, `3`, `7` as `[1-3,7]`; a single number as it is. */
function ranges(numbers: readonly string[]): string {
  if (numbers.length === 1) return numbers[0] ?? ''
  const sorted = numbers
    .map((digits) => ({ digits, value: Number(digits) }))
    .sort((a, b) => a.value - b.value || a.digits.length - b.digits.length)
  const runs: Run[] = []
  const awaited = new Map<string, Run>()
  for (const { digits, value } of sorted) {
    const run = awaited.get(digits) ?? { from: digits, to: digits }
    if (run.from === digits) runs.push(run)
    run.to = digits
    awaited.set(next(run.from, value), run)
  }
  return `[${runs.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(',')}]`
}

interface Run {
  readonly from: string
  to: string
}

/** What comes after a number in a range that begins so: after 08 comes 09, after 8 comes 9. */
const next = (from: string, value: number): string => padded(value + 1, isPadded(from) ? from.length : 0)
