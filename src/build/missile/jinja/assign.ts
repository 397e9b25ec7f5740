import { itemsOf, PythonError, type Value } from '../python/index.ts'
import { iterate } from './lookup.ts'
import type { Target } from './nodes.ts'
import { Attributes, type Scope } from './scope.ts'

/** Gives a value to a name, to several names, or to an attribute of a namespace. */
export function assign(target: Target, value: Value, scope: Scope): void {
  if (target.kind === 'name') scope.set(target.name, value)
  else if (target.kind === 'attribute') {
    const namespace = scope.get(target.of)
    if (!(namespace instanceof Attributes && namespace.canBeSet))
      throw new PythonError('cannot assign attribute on non-namespace object')
    namespace.names.set(target.name, value)
  } else {
    const values = itemsOf(value) ?? iterate(value)
    if (values.length !== target.targets.length)
      throw new PythonError(`${target.targets.length} names for ${values.length} values`)
    target.targets.forEach((each, at) => {
      assign(each, values[at] ?? null, scope)
    })
  }
}
