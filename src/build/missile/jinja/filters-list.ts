import {
  compare,
  Dict,
  isEqual,
  isTrue,
  itemsOf,
  NamedTuple,
  PythonError,
  present,
  str,
  Tuple,
  Undefined,
  type Value,
} from '../python/index.ts'
import { arithmetic } from './arithmetic.ts'
import { type Filter, filter, type Given, type Tools, text, whole } from './builtin.ts'
import { item, iterate } from './lookup.ts'
import { Attributes } from './scope.ts'

/** Jinja2's filters that work on lists and mappings. */
export const listFilters: Readonly<Record<string, Filter>> = {
  batch: filter(['linecount', 'fill_with'], (value, count, fill) => {
    const size = whole(count, 1)
    const rows: Value[][] = []
    for (let at = 0; at < iterate(value).length; at += size) rows.push(iterate(value).slice(at, at + size))
    while (fill !== undefined && fill !== null && rows.length > 0 && (rows.at(-1)?.length ?? size) < size)
      rows.at(-1)?.push(fill)
    return rows
  }),
  dictsort: filter(['case_sensitive', 'by', 'reverse'], (value, sensitive, by, reverse) => {
    if (!(value instanceof Dict)) throw new PythonError('a mapping is required')
    const side = text(by, 'key') === 'value' ? 1 : 0
    const pairs = value.entries().map(([key, each]) => new Tuple([key, each]))
    return sort(
      pairs,
      (pair) => itemsOf(pair)?.[side] ?? null,
      isTrue(sensitive ?? false),
      isTrue(reverse ?? false),
    )
  }),
  first: filter([], (value) => present(iterate(value)[0], 'No first item, sequence was empty.')),
  groupby: filter(['attribute'], (value, path) => groups(value, path ?? '')),
  join: filter(['d', 'attribute'], (value, separator, path) =>
    iterate(value)
      .map((each) => str(path === undefined || path === null ? each : pick(each, path)))
      .join(text(separator, '')),
  ),
  last: filter([], (value) => present(iterate(value).at(-1), 'No last item, sequence was empty.')),
  length: filter([], length),
  count: filter([], length),
  list: filter([], (value) => [...iterate(value)]),
  map: (value, given, tools) => map(value, given, tools),
  max: filter(['case_sensitive', 'attribute'], (value, sensitive, path) =>
    extreme(value, sensitive, path, 1),
  ),
  min: filter(['case_sensitive', 'attribute'], (value, sensitive, path) =>
    extreme(value, sensitive, path, -1),
  ),
  reject: (value, given, tools) => iterate(value).filter((each) => !passes(each, given, tools)),
  rejectattr: (value, given, tools) => iterate(value).filter((each) => !attributePasses(each, given, tools)),
  reverse: filter([], (value) =>
    typeof value === 'string' ? [...value].reverse().join('') : [...iterate(value)].reverse(),
  ),
  select: (value, given, tools) => iterate(value).filter((each) => passes(each, given, tools)),
  selectattr: (value, given, tools) => iterate(value).filter((each) => attributePasses(each, given, tools)),
  slice: filter(['slices', 'fill_with'], (value, count, fill) =>
    slices(iterate(value), whole(count, 1), fill),
  ),
  sort: filter(['reverse', 'case_sensitive', 'attribute'], (value, reverse, sensitive, path) =>
    sort(iterate(value), (each) => keyOf(each, path), isTrue(sensitive ?? false), isTrue(reverse ?? false)),
  ),
  sum: filter(['attribute', 'start'], (value, path, start) =>
    iterate(value).reduce<Value>((sum, each) => arithmetic('+', sum, keyOf(each, path)), start ?? 0),
  ),
  unique: filter(['case_sensitive', 'attribute'], (value, sensitive, path) => {
    const seen: Value[] = []
    return iterate(value).filter((each) => {
      const key = folded(keyOf(each, path), isTrue(sensitive ?? false))
      const isNew = !seen.some((other) => isEqual(other, key))
      if (isNew) seen.push(key)
      return isNew
    })
  }),
}

/** The attribute a filter names: `a.b.0`, or an item by its number. */
function pick(value: Value, path: Value): Value {
  if (typeof path !== 'string') return item(value, path)
  return path
    .split('.')
    .reduce((of, part) => (/^\d+$/.test(part) ? item(of, Number(part)) : item(of, part)), value)
}

const keyOf = (value: Value, path: Value | undefined): Value =>
  path === undefined || path === null ? value : pick(value, path)

const folded = (value: Value, sensitive: boolean): Value =>
  typeof value === 'string' && !sensitive ? value.toLowerCase() : value

function sort(
  items: readonly Value[],
  key: (item: Value) => Value,
  sensitive: boolean,
  reverse: boolean,
): Value[] {
  const keyed = items.map((each) => ({ each, key: folded(key(each), sensitive) }))
  return keyed.sort((a, b) => compare(a.key, b.key) * (reverse ? -1 : 1)).map(({ each }) => each)
}

function extreme(value: Value, sensitive: Value | undefined, path: Value | undefined, sign: 1 | -1): Value {
  const items = iterate(value)
  const [first, ...rest] = items
  if (first === undefined) return new Undefined('No aggregated item, sequence was empty.')
  const key = (each: Value) => folded(keyOf(each, path), isTrue(sensitive ?? false))
  return rest.reduce((best, each) => (compare(key(each), key(best)) * sign > 0 ? each : best), first)
}

function groups(value: Value, path: Value): Value[] {
  const sorted = sort(iterate(value), (each) => pick(each, path), true, false)
  const found: { key: Value; list: Value[] }[] = []
  for (const each of sorted) {
    const key = pick(each, path)
    const last = found.at(-1)
    if (last && isEqual(last.key, key)) last.list.push(each)
    else found.push({ key, list: [each] })
  }
  return found.map(({ key, list }) => new NamedTuple(['grouper', 'list'], [key, list]))
}

function length(value: Value): number {
  if (value instanceof Dict) return value.size
  return value instanceof Attributes ? Number(value.attribute('length')) : iterate(value).length
}

function map(value: Value, { args, named }: Given, tools: Tools): Value {
  const path = named.get('attribute')
  const usual = named.get('default')
  if (args.length === 0 && path !== undefined)
    return iterate(value).map((each) => {
      const found = pick(each, path)
      return found instanceof Undefined && usual !== undefined ? usual : found
    })
  const [name, ...rest] = args
  if (typeof name !== 'string') throw new PythonError('map requires a filter argument')
  return iterate(value).map((each) => tools.filter(name, each, { args: rest, named }))
}

function passes(value: Value, { args, named }: Given, tools: Tools): boolean {
  const [name, ...rest] = args
  return name === undefined ? isTrue(value) : tools.test(str(name), value, { args: rest, named })
}

function attributePasses(value: Value, { args, named }: Given, tools: Tools): boolean {
  const [path, ...rest] = args
  if (path === undefined) throw new PythonError('selectattr and rejectattr require an attribute')
  const found = pick(value, path)
  return passes(found, { args: rest, named }, tools)
}

function slices(items: readonly Value[], count: number, fill: Value | undefined): Value[] {
  const [each, longer] = [Math.floor(items.length / count), items.length % count]
  let at = 0
  return Array.from({ length: count }, (_, index): Value => {
    const size = each + (index < longer ? 1 : 0)
    const part = items.slice(at, at + size)
    at += size
    return fill !== undefined && fill !== null && longer > 0 && index >= longer ? [...part, fill] : part
  })
}
