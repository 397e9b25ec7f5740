import { typeName } from './text.ts'
import { Dict, isList, isNumber, Moment, numeric, Tuple, Undefined, type Value } from './values.ts'

/** Python's truth of a value: zero, '', None and empty collections are false. */
export function isTrue(value: Value): boolean {
  if (value instanceof Undefined) value.look()
  if (value === null || value instanceof Undefined) return false
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return value !== ''
  if (isNumber(value)) return numeric(value) !== 0
  if (value instanceof Tuple) return value.items.length > 0
  if (isList(value)) return value.length > 0
  return value instanceof Dict ? value.size > 0 : true
}

/** Python's `==`: by value, at any depth, a bool being the number it is. */
export function isEqual(a: Value, b: Value): boolean {
  for (const side of [a, b]) if (side instanceof Undefined) side.look()
  if (typeof a === 'bigint' && typeof b === 'bigint') return a === b
  const numbers = [numeric(a), numeric(b)]
  if (numbers[0] !== undefined && numbers[1] !== undefined) return numbers[0] === numbers[1]
  if (a instanceof Moment && b instanceof Moment) return a.spelling === b.spelling
  if (a instanceof Tuple && b instanceof Tuple) return sameItems(a.items, b.items)
  if (isList(a) && isList(b)) return sameItems(a, b)
  if (a instanceof Dict && b instanceof Dict)
    return (
      a.size === b.size &&
      a.entries().every(([key, value]) => {
        const other = b.get(key)
        return other !== undefined && isEqual(value, other)
      })
    )
  return a === b
}

/** Python 2's order of any two values: None, then numbers, then the others by the name of their type. */
export function compare(a: Value, b: Value): number {
  for (const side of [a, b]) if (side instanceof Undefined) side.look()
  if (typeof a === 'bigint' && typeof b === 'bigint') return sign(a < b, a > b)
  const [left, right] = [numeric(a), numeric(b)]
  if (left !== undefined && right !== undefined) return sign(left < right, left > right)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (a instanceof Moment && b instanceof Moment) return Math.sign(a.seconds - b.seconds)
  if (a instanceof Tuple && b instanceof Tuple) return compareItems(a.items, b.items)
  if (isList(a) && isList(b)) return compareItems(a, b)
  if (a instanceof Dict && b instanceof Dict) return compareDicts(a, b)
  return compareText(rank(a), rank(b))
}

/** Order by code points, as Python's; JavaScript's `<` compares UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (/^[\u0000-\ud7ff]*$/.test(a) && /^[\u0000-\ud7ff]*$/.test(b)) return sign(a < b, a > b)
  const [left, right] = [[...a], [...b]].map((all) => all.map((character) => character.codePointAt(0) ?? 0))
  return compareItems(left ?? [], right ?? [])
}

const sign = (less: boolean, more: boolean): number => (less ? -1 : more ? 1 : 0)

const rank = (value: Value): string =>
  value === null ? '' : isNumber(value) || typeof value === 'boolean' ? ' ' : typeName(value)

const sameItems = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((item, at) => isEqual(item, b[at] ?? null))

function compareItems(a: readonly Value[], b: readonly Value[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = compare(a[at] ?? null, b[at] ?? null)
    if (order !== 0) return order
  }
  return Math.sign(a.length - b.length)
}

function compareDicts(a: Dict, b: Dict): number {
  if (a.size !== b.size) return Math.sign(a.size - b.size)
  const sorted = (dict: Dict): Value[] =>
    dict
      .entries()
      .map(([key, value]): Value => new Tuple([key, value]))
      .sort(compare)
  return compareItems(sorted(a), sorted(b))
}
