import { checkSelection, parseHost, refuseDangling, splitAtCommas, splitHops } from '../inventory/index.ts'
import { UsageError } from '../shell/index.ts'
import { type Kind, plainText, type Reading, text } from './kinds.ts'
import type { Raw } from './raw.ts'
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

/** A host string, ranges, or a role; with `!`, `&` or `^` in front, what it does to the hosts before it. */
const selection: Kind<string> = {
  what: word.what,
  read(raw, reading) {
    const value = word.read(raw, reading)
    return value !== undefined && isAccepted(() => checkSelection(value), raw, reading) ? value : undefined
  },
}

const list = listOf(selection, 'a list of hosts', true)

/** Host strings and roles, as `-H` takes them; an entry may leave out again what those before it have named. */
export const hosts: Kind<readonly string[]> = {
  what: list.what,
  read(raw, reading) {
    const [first, ...others] = list.read(raw, reading) ?? []
    if (first === undefined) return raw.kind === 'list' && raw.items.length === 0 ? [] : undefined
    const at = raw.kind === 'list' ? (raw.items[0] ?? raw) : raw
    return isAccepted(() => refuseDangling(first), at, reading) ? [first, ...others] : undefined
  },
}

/** Jump hosts in order, separated by commas; a wrong one is refused before anything is connected. */
export const jumpHosts: Kind<string> = {
  what: 'a host',
  read(raw, reading) {
    const value = plainText(raw, this.what, reading)
    const parse = () => {
      for (const hop of splitHops(value)) parseHost(hop)
    }
    return value !== undefined && isAccepted(parse, raw, reading) ? value : undefined
  },
}

/** Whether a parser of the inventory's takes it; what it says against it is told. */
function isAccepted(parse: () => void, raw: Raw, reading: Reading): boolean {
  try {
    parse()
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
