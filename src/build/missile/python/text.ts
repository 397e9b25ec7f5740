import { Callable, Dict, Float, Moment, Thing, Tuple, Undefined, type Value } from './values.ts'

/** Python 2's `str()`: what `{{ value }}` prints. */
export function str(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Float) return floatText(value.value, 12)
  if (value instanceof Moment) return value.text
  if (value instanceof Undefined) return nothing(value)
  return repr(value)
}

/** Python 2's `repr()`: how a value stands inside a printed list. */
export function repr(value: Value): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return `${value}L`
  if (typeof value === 'string') return stringRepr(value)
  if (value instanceof Float) return floatText(value.value, 17)
  if (value instanceof Moment) return value.spelling
  if (value instanceof Tuple) {
    const inner = value.items.map(repr).join(', ')
    return value.items.length === 1 ? `(${inner},)` : `(${inner})`
  }
  if (value instanceof Dict)
    return `{${value
      .entries()
      .map((e) => `${repr(e[0])}: ${repr(e[1])}`)
      .join(', ')}}`
  if (value instanceof Undefined) return nothing(value)
  if (value instanceof Callable) return `<function ${value.name}>`
  if (value instanceof Thing) return `<${value.type}>`
  return `[${value.map(repr).join(', ')}]`
}

/** The name Python gives the type of a value. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'int'
  if (typeof value === 'bigint') return 'long'
  if (typeof value === 'string') return 'str'
  if (value instanceof Float) return 'float'
  if (value instanceof Moment) return value.text.length === 10 ? 'datetime.date' : 'datetime.datetime'
  if (value instanceof Tuple) return 'tuple'
  if (value instanceof Dict) return 'dict'
  return value instanceof Thing ? value.type : 'list'
}

function nothing(value: Undefined): string {
  value.look()
  return ''
}

function stringRepr(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  let unicode = ''
  const escaped = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0
    if (character === mark || character === '\\') return `\\${character}`
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    if (character === '\t') return '\\t'
    if (code >= 0x20 && code < 0x7f) return character
    if (code > 0x7f) unicode = 'u'
    const hex = code.toString(16)
    if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
    return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })
  // PyYAML on Python 2 makes `str` of ASCII and `unicode` of everything else.
  return `${unicode}${mark}${escaped.join('')}${mark}`
}

/** C's `%.<digits>g` with `.0` where it would read as an int; 17 digits mean the shortest that reads back. */
function floatText(value: number, digits: 12 | 17): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', power = '0'] = (
    digits === 17 ? value.toExponential() : value.toExponential(digits - 1)
  ).split('e')
  const exponent = Number(power)
  const shortest = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  if (exponent < -4 || exponent >= (digits === 17 ? 16 : digits)) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${shortest}e${exponent < 0 ? '-' : '+'}${size}`
  }
  const places = Math.max(0, shortest.replace(/^-?\d\.?/, '').length - exponent)
  const plain = value.toFixed(Math.min(places, 100))
  return plain.includes('.') ? plain : `${plain}.0`
}
