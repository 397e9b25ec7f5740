import {
  Callable,
  Dict,
  Float,
  int,
  isTrue,
  numeric,
  PythonError,
  str,
  Thing,
  Tuple,
  Undefined,
  type Value,
} from '../python/index.ts'
import { arithmetic, compares, concat } from './arithmetic.ts'
import type { Given, Tools } from './builtin.ts'
import { filters } from './filters.ts'
import { attribute, item, iterate, slice } from './lookup.ts'
import { pairs } from './methods-dict.ts'
import type { Arguments, Expression } from './nodes.ts'
import type { Scope } from './scope.ts'
import { tests } from './tests.ts'

/** The value of an expression where `scope` says what names mean. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const value = (each: Expression): Value => evaluate(each, scope)
  switch (expression.kind) {
    case 'constant':
      return expression.value
    case 'name':
      return scope.get(expression.name)
    case 'list':
      return expression.items.map(value)
    case 'tuple':
      return new Tuple(expression.items.map(value))
    case 'concat':
      return concat(expression.items.map(value))
    case 'dict':
      return Dict.of(expression.pairs.map(([key, each]) => [value(key), value(each)]))
    case 'attribute':
      return attribute(value(expression.of), expression.name)
    case 'item':
      return item(value(expression.of), value(expression.key))
    case 'slice':
      return slice(
        value(expression.of),
        expression.bounds.map((bound) => bound && value(bound)),
      )
    case 'call':
      return call(value(expression.of), given(expression, scope))
    case 'filter':
      return tools.filter(expression.name, value(expression.of), given(expression, scope))
    case 'test':
      return tools.test(expression.name, value(expression.of), given(expression, scope))
    case 'not':
      return !isTrue(value(expression.of))
    case 'negative':
      return negative(value(expression.of))
    case 'positive':
      return value(expression.of)
    case 'and': {
      const left = value(expression.left)
      return isTrue(left) ? value(expression.right) : left
    }
    case 'or': {
      const left = value(expression.left)
      return isTrue(left) ? left : value(expression.right)
    }
    case 'arithmetic':
      return arithmetic(expression.operator, value(expression.left), value(expression.right))
    case 'compare': {
      let left = value(expression.first)
      return expression.rest.every(([comparison, each]) => {
        const right = value(each)
        const holds = compares(comparison, left, right)
        left = right
        return holds
      })
    }
    case 'if':
      if (isTrue(value(expression.test))) return value(expression.value)
      return expression.otherwise
        ? value(expression.otherwise)
        : new Undefined('an inline if without else', true)
  }
}

/** Filters and tests by name, as expressions and other filters call them. */
export const tools: Tools = {
  filter(name, value, given) {
    const found = Object.hasOwn(filters, name) ? filters[name] : undefined
    if (!found) throw new PythonError(`there is no filter ${name}`)
    // Only `default` may look at an undefined value; every other filter fails as StrictUndefined does.
    if (value instanceof Undefined && name !== 'default' && name !== 'd') value.look()
    return found(value, given, tools)
  },
  test(name, value, given) {
    const found = Object.hasOwn(tests, name) ? tests[name] : undefined
    if (!found) throw new PythonError(`there is no test ${name}`)
    if (value instanceof Undefined && !/^(?:un)?defined$|^none$|^callable$/.test(name)) value.look()
    return found(value, given, tools)
  },
}

/** Calls a function, macro, or anything that has `__call__`. */
export function call(called: Value, { args, named }: Given): Value {
  if (called instanceof Undefined) throw new PythonError(called.why)
  const callable =
    called instanceof Thing && !(called instanceof Callable) ? called.attribute('__call__') : called
  if (!(callable instanceof Callable)) throw new PythonError(`${str(called)} cannot be called`)
  return callable.call(args, named)
}

/** The arguments of a call, evaluated, `*items` and `**mapping` spread. */
export function given(call: Arguments, scope: Scope): Given {
  const spread = call.spread ? iterate(evaluate(call.spread, scope)) : []
  const spreadNamed = call.spreadNamed ? pairs(evaluate(call.spreadNamed, scope)) : []
  return {
    args: [...call.args.map((each) => evaluate(each, scope)), ...spread],
    named: new Map([
      ...call.named.map(([name, each]) => [name, evaluate(each, scope)] as const),
      ...spreadNamed.map(([key, each]) => [str(key), each] as const),
    ]),
  }
}

function negative(value: Value): Value {
  if (value instanceof Float) return new Float(-value.value)
  if (typeof value === 'bigint') return int(-value)
  const number = numeric(value)
  if (number === undefined) throw new PythonError(`${str(value)} has no negative`)
  return number === 0 ? 0 : -number
}
