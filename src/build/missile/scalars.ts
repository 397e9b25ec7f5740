import { Float, int, Moment, type Value } from './python/index.ts'

/** The sorts of scalar a plain text can be, tried in PyYAML's order; its expressions, not YAML 1.1's (they differ). */
const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(?:Z|([-+])(\d\d?)(?::(\d\d))?))?$/

/** What PyYAML makes of a scalar without quotes and without a tag: missile.md §1. */
export function plainScalar(text: string): Value {
  if (BOOL.test(text)) return parseBool(text)
  if (FLOAT.test(text)) return parseFloat60(text) ?? text
  if (INT.test(text)) return parseInt60(text) ?? text
  if (NULL.test(text)) return null
  return parseMoment(text) ?? text
}

/** What PyYAML makes of a scalar with one of YAML's own tags (`!!int 7`); undefined where the text does not fit it. */
export function taggedScalar(tag: string, text: string): Value | undefined {
  switch (tag) {
    case 'tag:yaml.org,2002:str':
    case '!':
      return text
    case 'tag:yaml.org,2002:null':
      return null
    case 'tag:yaml.org,2002:bool':
      return BOOL.test(text) ? parseBool(text) : undefined
    case 'tag:yaml.org,2002:int':
      return INT.test(text) ? parseInt60(text) : undefined
    case 'tag:yaml.org,2002:float':
      return FLOAT.test(text) || INT.test(text) ? parseFloat60(text) : undefined
    case 'tag:yaml.org,2002:timestamp':
      return parseMoment(text)
    default:
      return undefined
  }
}

const parseBool = (text: string): boolean => /^(?:yes|true|on)$/i.test(text)

function parseInt60(written: string): number | bigint | undefined {
  const text = written.replaceAll('_', '')
  const digits = text.replace(/^[-+]/, '')
  const negative = text.startsWith('-')
  const sign = (value: bigint): number | bigint => int(negative ? -value : value)
  if (digits === '') return undefined
  if (digits.includes(':')) return sign(digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n))
  if (/^0[bx]$/.test(digits)) return undefined
  if (/^0[bx]/.test(digits)) return sign(BigInt(digits))
  return sign(digits.startsWith('0') && digits !== '0' ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits))
}

function parseFloat60(written: string): Float | undefined {
  const text = written.replaceAll('_', '').toLowerCase()
  const digits = text.replace(/^[-+]/, '')
  const sign = text.startsWith('-') ? -1 : 1
  if (digits === '.inf') return new Float(sign * Number.POSITIVE_INFINITY)
  if (digits === '.nan') return new Float(Number.NaN)
  if (!/\d/.test(digits)) return undefined
  return new Float(sign * digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0))
}

function parseMoment(text: string): Moment | undefined {
  const date = DATE.exec(text)
  if (date) {
    const [year = 0, month = 0, day = 0] = date.slice(1).map(Number)
    const time = Date.UTC(year, month - 1, day)
    if (!isDay(time, month, day)) return undefined
    return new Moment(text, `datetime.date(${year}, ${month}, ${day})`, time / 1000)
  }
  const match = TIME.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const micros = Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'))
  const west = match[8] === '-' ? 1 : -1
  const shift = match[8] ? west * (Number(match[9]) * 60 + Number(match[10] ?? 0)) : 0
  if (!isDay(Date.UTC(year, month - 1, day), month, day) || hour > 23 || minute > 59 || second > 59)
    return undefined
  return moment(Date.UTC(year, month - 1, day, hour, minute + shift, second), micros)
}

const isDay = (time: number, month: number, day: number): boolean =>
  new Date(time).getUTCMonth() + 1 === month && new Date(time).getUTCDate() === day

function moment(time: number, micros: number): Moment {
  const at = new Date(time)
  const parts = [
    at.getUTCFullYear(),
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
  ]
  const seconds = at.getUTCSeconds()
  if (seconds !== 0 || micros !== 0) parts.push(seconds)
  if (micros !== 0) parts.push(micros)
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`
  const text = at.toISOString().replace('T', ' ').slice(0, 19) + fraction
  return new Moment(text, `datetime.datetime(${parts.join(', ')})`, time / 1000 + micros / 1e6)
}
