import {
  Callable,
  Dict,
  isList,
  NamedTuple,
  numeric,
  PythonError,
  str,
  Thing,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../python/index.ts'
import { formatMethod } from './format.ts'
import { method } from './methods.ts'

/** `value.name`: an attribute or method, else the item of that name, else undefined (Jinja2's getattr). */
export function attribute(of: Value, name: string): Value {
  if (of instanceof Undefined) throw new PythonError(of.why)
  const own = member(of, name)
  const value = own === undefined ? found(of, name) : own
  return value === undefined ? missing(of, name) : value
}

/** `value[key]`: the item, else the attribute of that name, else undefined (Jinja2's getitem). */
export function item(of: Value, key: Value): Value {
  if (of instanceof Undefined) throw new PythonError(of.why)
  if (key instanceof Undefined) throw new PythonError(key.why)
  const value = found(of, key)
  if (value !== undefined) return value
  const named = typeof key === 'string' ? member(of, key) : undefined
  return named === undefined ? missing(of, key) : named
}

/** `value[from:to:step]`, with Python's bounds. */
export function slice(of: Value, [from, to, step]: readonly (Value | undefined)[]): Value {
  const by = bound(step) ?? 1
  if (by === 0) throw new PythonError('slice step cannot be zero')
  const pick = <T>(items: readonly T[]): T[] => {
    const clamp = (at: number) =>
      Math.max(
        by > 0 ? 0 : -1,
        Math.min(at < 0 ? at + items.length : at, by > 0 ? items.length : items.length - 1),
      )
    const start = bound(from)
    const stop = bound(to)
    const first = start === undefined ? (by > 0 ? 0 : items.length - 1) : clamp(start)
    const last = stop === undefined ? (by > 0 ? items.length : -1) : clamp(stop)
    const picked: T[] = []
    for (let at = first; by > 0 ? at < last : at > last; at += by) picked.push(...items.slice(at, at + 1))
    return picked
  }
  if (typeof of === 'string') return pick([...of]).join('')
  if (of instanceof Tuple) return new Tuple(pick(of.items))
  if (isList(of)) return pick(of)
  throw new PythonError(`a ${typeName(of)} cannot be sliced`)
}

/** The items Python's `for` would give: of a mapping its keys, of a text its characters. */
export function iterate(value: Value): readonly Value[] {
  if (isList(value)) return value
  if (value instanceof Tuple) return value.items
  if (value instanceof Dict) return value.keys()
  if (typeof value === 'string') return [...value]
  if (value instanceof Undefined) {
    value.look()
    return []
  }
  throw new PythonError(`'${typeName(value)}' object is not iterable`)
}

function member(of: Value, name: string): Value | undefined {
  if (of instanceof Thing) return of.attribute(name)
  if (of instanceof NamedTuple && of.names.includes(name)) return of.items[of.names.indexOf(name)]
  if (typeof of !== 'string' || name !== 'format') return method(of, name)
  return new Callable(name, (args, named) => formatMethod(of, { args, named }, { attribute, item }))
}

function found(of: Value, key: Value): Value | undefined {
  if (of instanceof Dict) return isList(key) || key instanceof Dict ? undefined : of.get(key)
  const items =
    typeof of === 'string' ? [...of] : isList(of) ? of : of instanceof Tuple ? of.items : undefined
  const at = typeof key === 'number' || typeof key === 'boolean' ? Number(key) : undefined
  return at === undefined ? undefined : items?.at(at)
}

const missing = (of: Value, key: Value): Undefined =>
  new Undefined(`'${typeName(of)}${of instanceof Thing ? '' : ' object'}' has no attribute '${str(key)}'`)

function bound(value: Value | undefined): number | undefined {
  return value === undefined || value === null ? undefined : numeric(value)
}
