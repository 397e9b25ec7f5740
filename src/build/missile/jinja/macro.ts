import { Dict, PythonError, Tuple, Undefined } from '../python/index.ts'
import type { Given } from './builtin.ts'
import { evaluate } from './evaluate.ts'
import type { Body, Parameters } from './nodes.ts'
import { Scope } from './scope.ts'

/** How a macro's arguments become names: what is not declared goes to `varargs` and `kwargs`, where the body uses them. */
export function binder(
  name: string,
  { names, defaults }: Parameters,
  body: Body,
  scope: Scope,
): (given: Given) => Scope {
  const words = new Set<string>()
  collectNames(body, words)
  return ({ args, named }) => {
    const extra = [...named].filter(([key]) => !names.includes(key) && key !== 'caller')
    const [unknown] = extra
    if (args.length > names.length && !words.has('varargs'))
      throw new PythonError(`macro ${name} takes not more than ${names.length} argument(s)`)
    if (unknown && !words.has('kwargs'))
      throw new PythonError(`macro ${name} takes no keyword argument ${unknown[0]}`)
    const inner = new Scope(scope)
    names.forEach((parameter, at) => {
      const fallback = defaults.get(parameter)
      const value = at < args.length ? args[at] : named.get(parameter)
      if (value !== undefined) inner.set(parameter, value)
      else if (fallback) inner.set(parameter, evaluate(fallback, inner))
      else inner.set(parameter, new Undefined(`parameter '${parameter}' was not provided`))
    })
    inner.set('varargs', new Tuple(args.slice(names.length)))
    inner.set('kwargs', Dict.of(extra))
    inner.set('caller', named.get('caller') ?? new Undefined('no caller defined'))
    return inner
  }
}

/** Every name an expression of the body uses. */
function collectNames(node: unknown, words: Set<string>): void {
  if (typeof node !== 'object' || node === null) return
  if ('kind' in node && node.kind === 'name' && 'name' in node) words.add(String(node.name))
  for (const child of Array.isArray(node) ? node : Object.values(node)) collectNames(child, words)
}
