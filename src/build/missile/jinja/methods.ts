import { Callable, Dict, isList, PythonError, Tuple, type Value } from '../python/index.ts'
import type { Given } from './builtin.ts'
import { dictMethods } from './methods-dict.ts'
import { listMethods } from './methods-list.ts'
import { textMethods } from './methods-text.ts'

export type Method<T> = (self: T, given: Given) => Value

/** A method of a Python text, list, tuple or mapping, bound to it; undefined where Python has none of that name. */
export function method(of: Value, name: string): Callable | undefined {
  if (typeof of === 'string') return bound(textMethods, of, name)
  if (of instanceof Dict) return bound(dictMethods, of, name)
  if (isList(of)) return bound(listMethods, of, name)
  if (of instanceof Tuple && (name === 'index' || name === 'count'))
    return bound(listMethods, [...of.items], name)
  return undefined
}

function bound<T extends Value>(
  methods: Readonly<Record<string, Method<T>>>,
  of: T,
  name: string,
): Callable | undefined {
  const found = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (!found) return undefined
  return new Callable(name, (args, named) => {
    try {
      return found(of, { args, named })
    } catch (error) {
      if (error instanceof PythonError) throw new PythonError(`${name}(): ${error.message}`)
      throw error
    }
  })
}
