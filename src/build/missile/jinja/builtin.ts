import { numeric, PythonError, str, type Value } from '../python/index.ts'

/** Arguments of a call from a template. */
export interface Given {
  readonly args: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
}

/** What filters may ask of the environment they run in. */
export interface Tools {
  readonly filter: (name: string, value: Value, given: Given) => Value
  readonly test: (name: string, value: Value, given: Given) => boolean
}

export type Filter = (value: Value, given: Given, tools: Tools) => Value
export type Test = (value: Value, given: Given, tools: Tools) => boolean

/** Arguments in the order of `names`, whether they came by position or by name; absent ones are undefined. */
export function arrange(names: readonly string[], { args, named }: Given): readonly (Value | undefined)[] {
  if (args.length > names.length) throw new PythonError(`takes ${names.length} arguments, not ${args.length}`)
  for (const name of named.keys())
    if (!names.includes(name)) throw new PythonError(`has no argument called '${name}'`)
  return names.map((name, at) => (at < args.length ? args[at] : named.get(name)))
}

/** A filter with the names of its arguments after the value. */
export const filter =
  (
    names: readonly string[],
    body: (value: Value, ...args: readonly (Value | undefined)[]) => Value,
  ): Filter =>
  (value, given) =>
    body(value, ...arrange(names, given))

/** A whole number given to a filter, or `usual` where none was. */
export function whole(value: Value | undefined, usual: number): number {
  if (value === undefined) return usual
  const number = numeric(value)
  if (number === undefined) throw new PythonError('an integer is required')
  return Math.trunc(number)
}

/** A text given to a filter, or `usual` where none was. */
export const text = (value: Value | undefined, usual: string): string =>
  value === undefined ? usual : str(value)
