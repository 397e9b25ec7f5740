import {
  Dict,
  Float,
  int,
  isTrue,
  itemsOf,
  numeric,
  PythonError,
  str,
  Undefined,
  type Value,
} from '../python/index.ts'
import { type Filter, filter, whole } from './builtin.ts'
import { listFilters } from './filters-list.ts'
import { textFilters } from './filters-text.ts'
import { attribute } from './lookup.ts'

const orDefault: Filter = filter(['default_value', 'boolean'], (value, usual, boolean) => {
  const isAbsent = value instanceof Undefined || (isTrue(boolean ?? false) && !isTrue(value))
  return isAbsent ? (usual === undefined ? '' : usual) : value
})

/** Every filter of Jinja2 2.11 but `random`, which would make every build another one, and `urlize`; and `shquote`. */
export const filters: Readonly<Record<string, Filter>> = {
  ...textFilters,
  ...listFilters,
  abs: filter([], (value) =>
    value instanceof Float ? new Float(Math.abs(value.value)) : int(BigInt(Math.abs(number(value)))),
  ),
  attr: filter(['name'], (value, name) => attribute(value, str(name ?? ''))),
  d: orDefault,
  default: orDefault,
  float: filter(['default'], (value, usual) => {
    const parsed =
      numeric(value) ?? (typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN)
    return Number.isNaN(parsed) ? (usual === undefined ? new Float(0) : usual) : new Float(parsed)
  }),
  int: filter(['default', 'base'], (value, usual, base) =>
    toInt(value, usual === undefined ? 0 : usual, whole(base, 10)),
  ),
  pprint: filter(['verbose'], (value) => (typeof value === 'string' ? `'${value}'` : str(value))),
  round: filter(['precision', 'method'], (value, precision, method) => {
    const scale = 10 ** whole(precision, 0)
    const scaled = number(value) * scale
    const kind = str(method ?? 'common')
    if (kind === 'ceil') return new Float(Math.ceil(scaled) / scale)
    if (kind === 'floor') return new Float(Math.floor(scaled) / scale)
    return new Float((Math.sign(scaled) * Math.round(Math.abs(scaled))) / scale)
  }),
  tojson: filter(['indent'], (value, indent) =>
    toJson(value, indent === undefined || indent === null ? undefined : whole(indent, 0))
      .replaceAll('<', '\\u003c')
      .replaceAll('>', '\\u003e')
      .replaceAll('&', '\\u0026')
      .replaceAll("'", '\\u0027'),
  ),
}

function number(value: Value): number {
  const found = numeric(value)
  if (found === undefined) throw new PythonError('a number is required')
  return found
}

function toInt(value: Value, usual: Value, base: number): Value {
  if (typeof value === 'bigint') return value
  const found = numeric(value)
  if (found !== undefined) return Number.isFinite(found) ? int(BigInt(Math.trunc(found))) : usual
  if (typeof value !== 'string') return usual
  const digits = value.trim().replaceAll('_', '')
  if (base === 10 && /^[-+]?\d+$/.test(digits)) return int(BigInt(digits.replace(/^\+/, '')))
  if (base === 10)
    return /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i.test(digits) ? toInt(new Float(Number(digits)), usual, 10) : usual
  const parsed = Number.parseInt(digits.replace(/^([-+]?)0[xob]/i, '$1'), base)
  return Number.isNaN(parsed) ? usual : parsed
}

/** JSON as Python's `json.dumps` spells it, keys sorted. */
function toJson(value: Value, indent: number | undefined, depth = 1): string {
  const ascii = (text: string) =>
    JSON.stringify(text).replace(
      /[\u007f-\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  const wrap = (open: string, inner: readonly string[], close: string) => {
    if (inner.length === 0) return open + close
    if (indent === undefined) return open + inner.join(', ') + close
    const margin = (times: number) => `\n${' '.repeat(indent * times)}`
    return open + margin(depth) + inner.join(`,${margin(depth)}`) + margin(depth - 1) + close
  }
  if (value instanceof Undefined) value.look()
  if (value === null || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'string') return ascii(value)
  if (numeric(value) !== undefined) return str(value)
  if (value instanceof Dict) {
    const pairs = value.entries().map(([key, each]) => [str(key), toJson(each, indent, depth + 1)] as const)
    return wrap(
      '{',
      [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => `${ascii(key)}: ${each}`),
      '}',
    )
  }
  const items = itemsOf(value)
  if (!items) throw new PythonError(`${str(value)} is not JSON serializable`)
  return wrap(
    '[',
    items.map((each) => toJson(each, indent, depth + 1)),
    ']',
  )
}
