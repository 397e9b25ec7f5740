import {
  Callable,
  Dict,
  Float,
  isEqual,
  isList,
  numeric,
  PythonError,
  Thing,
  Tuple,
  Undefined,
  type Value,
} from '../python/index.ts'
import { compares, contains } from './arithmetic.ts'
import type { Test } from './builtin.ts'
import type { Comparison } from './nodes.ts'

const whole = (value: Value): number => {
  const number = numeric(value)
  if (number === undefined) throw new PythonError('not all arguments converted during string formatting')
  return number
}
const comparing =
  (comparison: Comparison): Test =>
  (value, { args }) =>
    compares(comparison, value, args[0] ?? null)
const isNumber: Test = (value) => numeric(value) !== undefined
const isSequence = (value: Value): boolean =>
  typeof value === 'string' || isList(value) || value instanceof Tuple || value instanceof Dict

/** Every test of Jinja2 2.11. */
export const tests: Readonly<Record<string, Test>> = {
  boolean: (value) => typeof value === 'boolean',
  callable: (value) => value instanceof Callable,
  defined: (value) => !(value instanceof Undefined),
  divisibleby: (value, { args }) => whole(value) % whole(args[0] ?? null) === 0,
  escaped: () => false,
  even: (value) => whole(value) % 2 === 0,
  false: (value) => value === false,
  float: (value) => value instanceof Float,
  in: (value, { args }) => contains(args[0] ?? null, value),
  integer: (value) => typeof value === 'number' || typeof value === 'bigint',
  iterable: (value) => isSequence(value) || (value instanceof Undefined && value.isQuiet),
  lower: (value) => /\p{Ll}/u.test(String(value)) && !/\p{Lu}/u.test(String(value)),
  mapping: (value) => value instanceof Dict,
  none: (value) => value === null,
  number: isNumber,
  odd: (value) => Math.abs(whole(value) % 2) === 1,
  sameas: (value, { args }) =>
    value instanceof Object
      ? value === args[0]
      : isEqual(value, args[0] ?? null) && typeof value === typeof args[0],
  sequence: isSequence,
  string: (value) => typeof value === 'string',
  true: (value) => value === true,
  undefined: (value) => value instanceof Undefined,
  upper: (value) => /\p{Lu}/u.test(String(value)) && !/\p{Ll}/u.test(String(value)),
  ...Object.fromEntries(
    (
      [
        ['==', '==', 'eq', 'equalto'],
        ['!=', '!=', 'ne'],
        ['<', '<', 'lt', 'lessthan'],
        ['<=', '<=', 'le'],
        ['>', '>', 'gt', 'greaterthan'],
        ['>=', '>=', 'ge'],
      ] as const
    ).flatMap(([comparison, ...names]) => names.map((name) => [name, comparing(comparison)])),
  ),
}

/** Whether a value can be called: what `callable(x)` answers. */
export const isCallable = (value: Value): boolean =>
  value instanceof Callable || (value instanceof Thing && value.attribute('__call__') !== undefined)
