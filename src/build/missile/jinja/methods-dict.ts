import { Dict, PythonError, str, Tuple, type Value } from '../python/index.ts'
import { arrange } from './builtin.ts'
import type { Method } from './methods.ts'

const items: Method<Dict> = (self) => self.entries().map(([key, value]) => new Tuple([key, value]))
const keys: Method<Dict> = (self) => self.keys()
const values: Method<Dict> = (self) => self.values()

/** The methods of a Python 2 dict that templates use. */
export const dictMethods: Readonly<Record<string, Method<Dict>>> = {
  items,
  iteritems: items,
  keys,
  iterkeys: keys,
  values,
  itervalues: values,
  get: (self, given) => {
    const [key, usual] = arrange(['key', 'default'], given)
    const value = self.get(key ?? null)
    return value === undefined ? (usual ?? null) : value
  },
  has_key: (self, given) => self.has(arrange(['key'], given)[0] ?? null),
  copy: (self) => Dict.of(self.entries()),
  setdefault: (self, given) => {
    const [key, usual] = arrange(['key', 'default'], given)
    if (!self.has(key ?? null)) self.set(key ?? null, usual ?? null)
    return self.get(key ?? null) ?? null
  },
  pop: (self, given) => {
    const [key, usual] = arrange(['key', 'default'], given)
    const found = self.get(key ?? null)
    const value = found === undefined ? usual : found
    if (value === undefined) throw new PythonError(`there is no key ${str(key ?? null)}`)
    self.delete(key ?? null)
    return value
  },
  update: (self, { args, named }) => {
    for (const [key, value] of args.flatMap(pairs)) self.set(key, value)
    for (const [key, value] of named) self.set(key, value)
    return null
  },
}

/** The pairs a mapping or a list of pairs stands for. */
export function pairs(value: Value): readonly (readonly [Value, Value])[] {
  if (value instanceof Dict) return value.entries()
  if (!Array.isArray(value)) throw new PythonError('a mapping or a list of pairs is required')
  return value.map((pair) => {
    const [key, second] = pair instanceof Tuple ? pair.items : Array.isArray(pair) ? pair : []
    if (key === undefined || second === undefined) throw new PythonError('a list of pairs is required')
    return [key, second]
  })
}
