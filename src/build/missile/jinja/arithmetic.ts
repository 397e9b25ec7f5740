import {
  compare,
  Dict,
  Float,
  int,
  isEqual,
  isList,
  numeric,
  PythonError,
  str,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../python/index.ts'
import { iterate } from './lookup.ts'
import type { Comparison, Operator } from './nodes.ts'
import { printf } from './printf.ts'

/** What Python makes of two values and an operator between them; `/` is true division, as Jinja2 compiles it. */
export function arithmetic(operator: Operator, left: Value, right: Value): Value {
  for (const side of [left, right]) if (side instanceof Undefined) throw new PythonError(side.why)
  if (operator === '%' && typeof left === 'string')
    return printf(left, right instanceof Tuple ? right.items : [right], right)
  const joined =
    operator === '+' ? concatenate(left, right) : operator === '*' ? repeat(left, right) : undefined
  if (joined !== undefined) return joined
  const [a, b] = [numeric(left), numeric(right)]
  if (a === undefined || b === undefined)
    throw new PythonError(
      `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
    )
  if (b === 0 && (operator === '/' || operator === '//' || operator === '%'))
    throw new PythonError('division by zero')
  if (left instanceof Float || right instanceof Float || operator === '/' || (operator === '**' && b < 0))
    return new Float(floats(operator, a, b))
  return int(ints(operator, big(left), big(right)))
}

/** What Python makes of one comparison. */
export function compares(comparison: Comparison, left: Value, right: Value): boolean {
  switch (comparison) {
    case '==':
      return isEqual(left, right)
    case '!=':
      return !isEqual(left, right)
    case '<':
      return compare(left, right) < 0
    case '<=':
      return compare(left, right) <= 0
    case '>':
      return compare(left, right) > 0
    case '>=':
      return compare(left, right) >= 0
    case 'in':
      return contains(right, left)
    case 'not in':
      return !contains(right, left)
  }
}

/** Python's `item in container`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container !== 'string') {
    if (container instanceof Dict) return container.has(item)
    return iterate(container).some((each) => isEqual(each, item))
  }
  if (typeof item !== 'string')
    throw new PythonError(`'in <string>' requires string as left operand, not ${typeName(item)}`)
  return container.includes(item)
}

export const concat = (values: readonly Value[]): string => values.map(str).join('')

function concatenate(left: Value, right: Value): Value | undefined {
  if (typeof left === 'string' && typeof right === 'string') return left + right
  if (isList(left) && isList(right)) return [...left, ...right]
  return left instanceof Tuple && right instanceof Tuple
    ? new Tuple([...left.items, ...right.items])
    : undefined
}

function repeat(left: Value, right: Value): Value | undefined {
  if (typeof left === 'number' && typeof right !== 'number')
    return numeric(right) === undefined ? repeat(right, left) : undefined
  if (typeof right !== 'number') return undefined
  const times = Math.max(0, right)
  if (typeof left === 'string') return left.repeat(times)
  const again = (items: readonly Value[]) => Array.from({ length: times }, () => items).flat(1)
  if (isList(left)) return again(left)
  return left instanceof Tuple ? new Tuple(again(left.items)) : undefined
}

function floats(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '//':
      return Math.floor(a / b)
    case '%':
      return a - b * Math.floor(a / b)
    case '**':
      return a ** b
  }
}

function ints(operator: Operator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '//':
    case '/':
      return (a - modulo(a, b)) / b
    case '%':
      return modulo(a, b)
    case '**':
      return a ** b
  }
}

/** Python's: the sign of the divisor. */
const modulo = (a: bigint, b: bigint): bigint => ((a % b) + b) % b

const big = (value: Value): bigint => (typeof value === 'bigint' ? value : BigInt(numeric(value) ?? 0))
