import { itemsOf, PythonError, typeName, type Value } from '../python/index.ts'
import { TemplateMissing } from './error.ts'
import type { Template } from './nodes.ts'

/** Gives a template by its name, or throws a TemplateMissing. */
export type Load = (name: string) => Template

/** The template an `include`, `import` or `extends` names; of a list of names, the first there is. */
export function findTemplate(load: Load, name: Value): Template {
  const names = (itemsOf(name) ?? [name]).map((each) => {
    if (typeof each !== 'string') throw new PythonError(`a template's name is a text, not ${typeName(each)}`)
    return each
  })
  for (const each of names.slice(0, -1)) {
    try {
      return load(each)
    } catch (error) {
      if (!(error instanceof TemplateMissing)) throw error
    }
  }
  return load(names.at(-1) ?? '')
}
