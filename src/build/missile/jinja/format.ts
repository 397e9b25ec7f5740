import { Float, numeric, PythonError, repr, str, type Value } from '../python/index.ts'
import type { Given } from './builtin.ts'
import { printf } from './printf.ts'

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rs]))?(?::([^{}]*))?\}/g
const SPEC = /^(?:(.)?([<>^=]))?([-+ ])?(0)?(\d+)?(,)?(?:\.(\d+))?([a-zA-Z%])?$/

/** How `{0.name}` and `{0[key]}` find what they name. */
interface Look {
  readonly attribute: (of: Value, name: string) => Value
  readonly item: (of: Value, key: Value) => Value
}

/** Python's `str.format`: fields by position, name, attribute and item, with the usual format specifications. */
export function formatMethod(format: string, { args, named }: Given, look: Look): string {
  let next = 0
  return format.replace(FIELD, (all, field?: string, conversion?: string, specification = '') => {
    if (field === undefined) return all.slice(1)
    const [first = '', ...rest] = field.split(/(\.[^.[]+|\[[^\]]*\])/).filter((part) => part !== '')
    const root = /^(?:[.[].*)?$/.test(first)
      ? args[next++]
      : /^\d+$/.test(first)
        ? args[Number(first)]
        : named.get(first)
    if (root === undefined) throw new PythonError(`there is nothing for {${field}}`)
    const path = /^[.[]/.test(first) ? [first, ...rest] : rest
    const value = path.reduce(
      (of, step) =>
        step.startsWith('.')
          ? look.attribute(of, step.slice(1))
          : look.item(of, subscript(step.slice(1, -1))),
      root,
    )
    return spell(conversion === 'r' ? repr(value) : conversion === 's' ? str(value) : value, specification)
  })
}

const subscript = (key: string): Value => (/^\d+$/.test(key) ? Number(key) : key)

function spell(value: Value, specification: string): string {
  const match = SPEC.exec(specification)
  if (!match) throw new PythonError(`invalid format specification ${specification}`)
  const [, fill, align, sign = '', zero, width = '0', comma, precision, type] = match
  const isNumeric = numeric(value) !== undefined && typeof value !== 'boolean'
  const kind = type ?? (isNumeric && value instanceof Float && precision !== undefined ? 'g' : undefined)
  const point = precision === undefined ? '' : `.${precision}`
  let text =
    kind === '%'
      ? `${printf(`%${sign}${point || '.6'}f`, [new Float((numeric(value) ?? 0) * 100)], null)}%`
      : kind === undefined
        ? printf(`%${point}s`, [value], null)
        : printf(`%${sign.replace('-', '')}${point}${kind}`, [value], null)
  if (comma !== undefined)
    text = text.replace(/^([-+ ]?\d+)/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ','))
  const filler = fill ?? (zero ? '0' : ' ')
  const missing = Math.max(0, Number(width) - [...text].length)
  const where = align ?? (zero ? '=' : isNumeric ? '>' : '<')
  if (where === '^')
    return filler.repeat(Math.floor(missing / 2)) + text + filler.repeat(Math.ceil(missing / 2))
  if (where === '<') return text + filler.repeat(missing)
  const mark = where === '=' ? (/^[-+ ]/.exec(text)?.[0] ?? '') : ''
  return mark + filler.repeat(missing) + text.slice(mark.length)
}
