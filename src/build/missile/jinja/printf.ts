import { Dict, int, numeric, PythonError, repr, str, typeName, type Value } from '../python/index.ts'

const DIRECTIVE = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([a-zA-Z%])/g

/** Python's `format % values`; `mapping` answers `%(name)s`. */
export function printf(format: string, values: readonly Value[], mapping: Value): string {
  let at = 0
  const next = (): Value => {
    const value = values[at++]
    if (value === undefined) throw new PythonError('not enough arguments for format string')
    return value
  }
  const text = format.replace(
    DIRECTIVE,
    (_all, key?: string, flags = '', wide?: string, precise?: string, type = '') => {
      if (type === '%') return '%'
      const width = wide === '*' ? numeric(next()) : Number(wide ?? 0)
      const precision =
        precise === undefined ? undefined : precise === '*' ? numeric(next()) : Number(precise)
      const value = key === undefined ? next() : named(mapping, key)
      return pad(directive(type, value, precision, flags), width ?? 0, flags, type)
    },
  )
  if (at < values.length && !(mapping instanceof Dict))
    throw new PythonError('not all arguments converted during string formatting')
  return text
}

function named(mapping: Value, key: string): Value {
  const value = mapping instanceof Dict ? mapping.get(key) : undefined
  if (value === undefined) throw new PythonError(`format requires a mapping with the key '${key}'`)
  return value
}

function directive(type: string, value: Value, precision: number | undefined, flags: string): string {
  if (type === 's' || type === 'r') {
    const text = type === 's' ? str(value) : repr(value)
    return precision === undefined ? text : [...text].slice(0, precision).join('')
  }
  if (type === 'c') return typeof value === 'string' ? value : String.fromCodePoint(number(value))
  const plus = (text: string) =>
    text.startsWith('-') ? text : flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text
  switch (type) {
    case 'd':
    case 'i':
    case 'u':
      return plus(String(int(BigInt(Math.trunc(number(value))))))
    case 'x':
    case 'X':
    case 'o': {
      const digits = BigInt(Math.trunc(number(value))).toString(type === 'o' ? 8 : 16)
      return plus(type === 'X' ? digits.toUpperCase() : digits)
    }
    case 'f':
    case 'F':
      return plus(number(value).toFixed(precision ?? 6))
    case 'e':
    case 'E':
      return plus(exponent(number(value).toExponential(precision ?? 6)))
    case 'g':
    case 'G':
      return plus(general(number(value), precision ?? 6))
    default:
      throw new PythonError(`unsupported format character '${type}'`)
  }
}

const exponent = (text: string): string => text.replace(/e([-+])(\d)$/, 'e$10$2')

function general(value: number, digits: number): string {
  const precision = Math.max(1, digits)
  const power = value === 0 ? 0 : Number(value.toExponential(precision - 1).split('e')[1])
  const text =
    power < -4 || power >= precision
      ? exponent(value.toExponential(precision - 1))
      : value.toFixed(precision - 1 - power)
  return text.replace(/(\.\d*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1')
}

function number(value: Value): number {
  const answer = numeric(value)
  if (answer === undefined) throw new PythonError(`a number is required, not ${typeName(value)}`)
  return answer
}

function pad(text: string, width: number, flags: string, type: string): string {
  if (flags.includes('-')) return text.padEnd(width)
  if (!flags.includes('0') || type === 's' || type === 'r') return text.padStart(width)
  const sign = /^[-+ ]/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}
