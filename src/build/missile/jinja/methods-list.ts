import { compare, isEqual, isTrue, itemsOf, PythonError, type Value } from '../python/index.ts'
import { arrange, whole } from './builtin.ts'
import type { Method } from './methods.ts'

/** The methods of a Python list; those that change it do so, and give None. */
export const listMethods: Readonly<Record<string, Method<Value[]>>> = {
  append: (self, { args }) => {
    self.push(args[0] ?? null)
    return null
  },
  extend: (self, { args }) => {
    self.push(...(itemsOf(args[0] ?? null) ?? []))
    return null
  },
  insert: (self, { args }) => {
    self.splice(whole(args[0], 0), 0, args[1] ?? null)
    return null
  },
  pop: (self, { args }) => {
    const [gone] = self.splice(whole(args[0], -1), 1)
    if (gone === undefined) throw new PythonError('pop from an empty list')
    return gone
  },
  remove: (self, { args }) => {
    self.splice(position(self, args[0] ?? null), 1)
    return null
  },
  index: (self, { args }) => position(self, args[0] ?? null),
  count: (self, { args }) => self.filter((item) => isEqual(item, args[0] ?? null)).length,
  reverse: (self) => {
    self.reverse()
    return null
  },
  sort: (self, given) => {
    const [reverse] = arrange(['reverse'], given)
    self.sort((a, b) => compare(a, b) * (reverse !== undefined && isTrue(reverse) ? -1 : 1))
    return null
  },
}

function position(list: readonly Value[], value: Value): number {
  const at = list.findIndex((item) => isEqual(item, value))
  if (at < 0) throw new PythonError('that is not in the list')
  return at
}
