import type { Secret } from '../shell/index.ts'
import { didYouMean } from './nearest.ts'
import { kindOf, nameOf, type Raw } from './raw.ts'

/** A kind of value: what it is in words, and how it is read; undefined when a problem was told instead. */
export interface Kind<T> {
  /** For messages: `a whole number from 1 to 65535`. */
  readonly what: string
  read(raw: Raw, reading: Reading): T | undefined
}

/** Where secrets come from, besides files and commands. */
export interface SecretWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asks a person; absent where there is none. */
  readonly prompt?: ((question: string) => Promise<Secret>) | undefined
}

/** What a kind needs besides the value: the setting's full name, where local paths start, and an ear for problems. */
export interface Reading {
  readonly name: string
  /** Local paths are relative to this folder (absolute). */
  readonly folder: string
  readonly home: string
  /** Where secrets are found when they are needed. */
  readonly world?: SecretWorld | undefined
  /** Tells one problem; answers undefined, so that a reader can return it. */
  wrong(at: string, what: string, hint?: string): undefined
}

/** A text without control characters; `fits` and `hint` narrow it. Numbers must be quoted: YAML reads 1.10 as 1.1. */
export function text(what = 'a text', fits: RegExp = /./u, hint?: string): Kind<string> {
  return {
    what,
    read(raw, reading) {
      const value = plainText(raw, what, reading)
      if (value === undefined || fits.test(value)) return value
      return reading.wrong(raw.at, `${reading.name} is ${what}, not ${nameOf(raw)}`, hint)
    },
  }
}

/** `true` or `false`; in the environment also 1, 0, yes, no. */
export const flag: Kind<boolean> = {
  what: 'true or false',
  read(raw, reading) {
    if (raw.kind === 'scalar') {
      if (typeof raw.value === 'boolean') return raw.value
      const word = String(raw.value).toLowerCase()
      if (raw.loose && /^(true|1|yes)$/.test(word)) return true
      if (raw.loose && /^(false|0|no)$/.test(word)) return false
      if (/^(yes|no|on|off)$/.test(word))
        return reading.wrong(
          raw.at,
          `${reading.name} is true or false, and ${word} is a mere word in YAML 1.2`,
          `write ${word === 'yes' || word === 'on'}`,
        )
    }
    const quoted = raw.kind === 'scalar' && (raw.value === 'true' || raw.value === 'false')
    return reading.wrong(
      raw.at,
      `${reading.name} is true or false, not ${nameOf(raw)}`,
      quoted ? 'take the quotes away' : undefined,
    )
  },
}

/** A number, whole unless `unit` is seconds. */
export function number(limits: {
  readonly min: number
  readonly max: number
  readonly unit?: 'seconds'
}): Kind<number> {
  const { min, max, unit } = limits
  const what = unit ? `a number of seconds from ${min} to ${max}` : `a whole number from ${min} to ${max}`
  return {
    what,
    read(raw, reading) {
      if (raw.kind !== 'scalar')
        return reading.wrong(raw.at, `${reading.name} is ${what}, not ${kindOf(raw)}`)
      const digits = typeof raw.value === 'string' && /^\d{1,15}(\.\d{1,15})?$/.test(raw.value)
      const value = raw.loose && digits ? Number(raw.value) : raw.value
      const fits = typeof value === 'number' && value >= min && value <= max
      if (fits && (unit !== undefined || Number.isInteger(value))) return value
      return reading.wrong(
        raw.at,
        `${reading.name} is ${what}, not ${nameOf(raw)}`,
        digits && !raw.loose ? 'take the quotes away' : undefined,
      )
    },
  }
}

/** One of a few words. */
export function choice<const Word extends string>(...choices: readonly Word[]): Kind<Word> {
  const what = `one of ${choices.join(', ')}`
  return {
    what,
    read(raw, reading) {
      if (raw.kind !== 'scalar')
        return reading.wrong(raw.at, `${reading.name} is ${what}, not ${kindOf(raw)}`)
      const found = choices.find((word) => word === raw.value)
      if (found !== undefined) return found
      const hint = typeof raw.value === 'string' ? didYouMean(raw.value, choices) : undefined
      return reading.wrong(raw.at, `${reading.name} is ${what}, not ${nameOf(raw)}`, hint)
    },
  }
}

/** The text of a scalar, or a problem that says what it is instead. */
export function plainText(raw: Raw, what: string, { name, wrong }: Reading): string | undefined {
  if (raw.kind !== 'scalar') return wrong(raw.at, `${name} is ${what}, not ${kindOf(raw)}`)
  if (raw.value === null || raw.value === '')
    return wrong(raw.at, `${name} is empty`, 'give it a value, or leave it out')
  if (typeof raw.value !== 'string')
    return wrong(
      raw.at,
      `${name} is ${what}, and ${nameOf(raw)} without quotes is ${kindOf(raw)}`,
      `quote it: "${nameOf(raw)}"`,
    )
  // Those that turn text around (Unicode's bidi controls) are nobody's name, path or host either.
  if (/\p{Cc}|[\u2028-\u202e\u2066-\u2069]/u.test(raw.value))
    return wrong(raw.at, `${name} holds a control character`)
  return raw.value
}
