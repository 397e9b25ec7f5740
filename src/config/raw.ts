import { printable } from '../shell/index.ts'

/** A value as somebody wrote it, with the place of every part, before it is known what setting it is for. */
export type Raw = RawScalar | RawList | RawMap

export interface RawScalar {
  readonly kind: 'scalar'
  readonly at: string
  readonly value: string | number | boolean | null
  /** As written: `1.10` where `value` is 1.1. */
  readonly source: string
  /** From the environment or `--set`, where everything is text: `2222` may be a number, `a,b` a list. */
  readonly loose: boolean
}

export interface RawList {
  readonly kind: 'list'
  readonly at: string
  readonly items: readonly Raw[]
}

export interface RawMap {
  readonly kind: 'map'
  readonly at: string
  readonly entries: readonly { readonly key: RawScalar; readonly value: Raw }[]
}

/** What flags and `--set` may give. */
export type OverrideValue = string | number | boolean | readonly string[]

/** A flag's value; texts are loose, as in the environment. */
export function rawOf(value: OverrideValue, at: string): Raw {
  if (typeof value === 'object') return { kind: 'list', at, items: value.map((item) => rawOf(item, at)) }
  return { kind: 'scalar', at, value, source: String(value), loose: typeof value === 'string' }
}

const DEEPEST = 32

/** What JSON.parse read, each part with the way to it: `hosts.web1.port`. Undefined: nested too deeply. */
export function rawOfJson(value: unknown, at: string, depth = 0): Raw | undefined {
  if (depth > DEEPEST) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item, index) => rawOfJson(item, `${at}[${index}]`, depth + 1))
    return items.includes(undefined)
      ? undefined
      : { kind: 'list', at, items: items.filter((item) => item !== undefined) }
  }
  if (typeof value === 'object' && value !== null) {
    const entries: { key: RawScalar; value: Raw }[] = []
    for (const [name, each] of Object.entries(value)) {
      const way = at === '' ? name : `${at}.${name}`
      const raw = rawOfJson(each, way, depth + 1)
      if (raw === undefined) return undefined
      entries.push({ key: scalar(name, way), value: raw })
    }
    return { kind: 'map', at, entries }
  }
  return scalar(
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null,
    at,
  )
}

const scalar = (value: RawScalar['value'], at: string): RawScalar => ({
  kind: 'scalar',
  at,
  value,
  source: String(value),
  loose: false,
})

/** A value as messages name it: `a list`, `true`, `1.10`, `"abc"`. Never for secrets. */
export function nameOf(raw: Raw): string {
  if (raw.kind !== 'scalar') return kindOf(raw)
  if (raw.value === null) return 'nothing'
  return typeof raw.value === 'string'
    ? printable(withoutCredentials(raw.value))
    : printable(raw.source).slice(1, -1)
}

/** What sort of value it is, without showing it. */
export function kindOf(raw: Raw): string {
  if (raw.kind !== 'scalar') return raw.kind === 'list' ? 'a list' : 'a map'
  if (raw.value === null) return 'nothing'
  if (typeof raw.value === 'string') return 'a text'
  return typeof raw.value === 'number' ? 'a number' : 'true or false'
}

/** A text with `***` for the passwords and tokens of the urls in it. */
export const withoutCredentials = (text: string): string =>
  text.replace(/(https?:\/\/)[^\s/]+@/gi, '$1***@').replace(/(:\/\/[^\s/@:]*):[^\s/]+@/g, '$1:***@')
