import { parseHost, splitHops } from '../inventory/index.ts'
import { Secret, UsageError } from '../shell/index.ts'
import { type Kind, plainText, type Reading, text } from './kinds.ts'
import { kindOf, type Raw } from './raw.ts'
import { shellWords } from './shell-words.ts'

/** A list of texts of one kind; a single text is a list of one, split at commas outside brackets if it is loose or `commas` says so. */
export function listOf(item: Kind<string>, what: string, commas = false): Kind<readonly string[]> {
  return {
    what,
    read(raw, reading) {
      if (raw.kind === 'map') return reading.wrong(raw.at, `${reading.name} is ${what}, not a map`)
      if (raw.kind === 'list') return readItems(raw.items, item, reading)
      const splits = typeof raw.value === 'string' && (commas || raw.loose)
      const parts = splits ? splitAtCommas(String(raw.value)) : []
      if (parts.length < 2) return readItems([raw], item, { ...reading, entry: reading.name })
      return readItems(
        parts.map((value) => ({ ...raw, value, source: value })),
        item,
        reading,
      )
    },
  }
}

const word = text('a host', /^[^\s-]\S*$/u, 'such as  web1, hero@web1:2222, @role  or  local')

/** A host string or a role. What is in brackets, an address or a range, is the inventory's business. */
const host: Kind<string> = {
  what: word.what,
  read(raw, reading) {
    const value = word.read(raw, reading)
    if (value === undefined || /^@|[[,]/.test(value)) return value
    return areHosts([value], raw, reading) ? value : undefined
  },
}

/** Host strings and roles, as `-H` takes them. */
export const hosts: Kind<readonly string[]> = listOf(host, 'a list of hosts', true)

/** Jump hosts in order, separated by commas; a wrong one is refused before anything is connected. */
export const jumpHosts: Kind<string> = {
  what: 'a host',
  read(raw, reading) {
    const value = plainText(raw, this.what, reading)
    return value !== undefined && areHosts(splitHops(value), raw, reading) ? value : undefined
  },
}

/** Whether all these are host strings; what is none is told. */
function areHosts(named: readonly string[], raw: Raw, reading: Reading): boolean {
  try {
    for (const each of named) parseHost(each)
    return true
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    reading.wrong(raw.at, `${reading.name}: ${error.message}`, error.hint)
    return false
  }
}

/** Words of a command: a text that is split as a shell would, or a list that is taken as it is. */
export const commandWords: Kind<readonly string[]> = {
  what: 'words (a text that is split as a shell would, or a list)',
  read(raw, reading) {
    if (raw.kind === 'list') return readItems(raw.items, text('a word'), reading)
    const line = plainText(raw, this.what, reading)
    if (line === undefined) return undefined
    return (
      shellWords(line) ??
      reading.wrong(raw.at, `${reading.name} opens a quote that it does not close`, 'or write it as a list')
    )
  },
}

/** A value that is never shown, neither in messages nor by `show_config`. */
export const secret: Kind<Secret> = {
  what: 'a text that is never shown',
  read(raw, reading) {
    if (raw.kind !== 'scalar' || raw.value === null || raw.value === '')
      return reading.wrong(
        raw.at,
        `${reading.name} is a text, not ${raw.kind === 'scalar' ? 'nothing' : kindOf(raw)}`,
      )
    if (typeof raw.value !== 'string')
      return reading.wrong(
        raw.at,
        `${reading.name} is a text, and without quotes this one is ${kindOf(raw)}`,
        'quote it',
      )
    if (raw.value.includes('\0')) return reading.wrong(raw.at, `${reading.name} holds a NUL byte`)
    return new Secret(raw.value)
  },
}

/** Commas separate, except within brackets: `web[01-03,07],db1` is two. */
function splitAtCommas(line: string): readonly string[] {
  const parts = ['']
  let depth = 0
  for (const char of line) {
    if (char === '[') depth++
    if (char === ']') depth--
    if (char === ',' && depth <= 0) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts.map((part) => part.trim())
}

function readItems(
  items: readonly Raw[],
  kind: Kind<string>,
  reading: Reading & { readonly entry?: string },
): readonly string[] | undefined {
  const read = items.map((item, at) =>
    kind.read(item, { ...reading, name: reading.entry ?? `entry ${at + 1} of ${reading.name}` }),
  )
  const whole = read.filter((item) => item !== undefined)
  return whole.length === read.length ? whole : undefined
}
