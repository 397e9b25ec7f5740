import type { Variable, Variables } from '../inventory/index.ts'
import type { Kind, Reading } from './kinds.ts'
import { plainText } from './kinds.ts'
import { didYouMean } from './nearest.ts'
import { asWord } from './problem.ts'
import { kindOf, nameOf, type Raw, type RawMap, type RawScalar } from './raw.ts'

/** The value a kind reads. */
export type Read<K> = K extends Kind<infer T> ? T : never

type Fields = Readonly<Record<string, Kind<unknown>>>

/** A map of fields, each of its own kind and each optional; what is none of them is a problem. */
export function mapOf<const F extends Fields>(
  what: string,
  fields: F,
): Kind<{ readonly [Name in keyof F]?: Read<F[Name]> }> {
  return {
    what,
    read(raw, reading) {
      const read = entriesOf(raw, what, reading)?.map(([name, value, key]) => {
        const kind = Object.hasOwn(fields, name) ? fields[name] : undefined
        if (kind === undefined)
          return reading.wrong(
            key.at,
            `${asWord(name)} is not a setting of ${reading.name}`,
            didYouMean(name, Object.keys(fields)),
          )
        if (value.kind === 'scalar' && value.value === null) return NOTHING
        const held = kind.read(value, { ...reading, name: `${reading.name}.${name}` })
        return held === undefined ? undefined : ([name, held] as const)
      })
      const whole = wholeOf(read)
      // Each field was read by its own kind, under its own name.
      return whole && (Object.freeze(Object.fromEntries(whole)) as { [Name in keyof F]?: Read<F[Name]> })
    },
  }
}

/** A map from names the user makes up to values of one kind. */
export function namesOf<T>(what: string, name: RegExp, kind: Kind<T>): Kind<Readonly<Record<string, T>>> {
  return {
    what,
    read(raw, reading) {
      const read = entriesOf(raw, what, reading)?.map(([key, value, at]) => {
        if (!name.test(key) || key in Object.prototype)
          return reading.wrong(at.at, `${reading.name}: ${asWord(key)} cannot be a name here`)
        const held = kind.read(value, { ...reading, name: `${reading.name}.${key}` })
        return held === undefined ? undefined : ([key, held] as const)
      })
      const whole = wholeOf(read)
      return whole && Object.freeze(Object.fromEntries(whole))
    },
  }
}

/** Whatever JSON can say. */
export const anything: Kind<Variable> = {
  what: 'any value',
  read(raw, reading): Variable | undefined {
    if (raw.kind === 'scalar') return raw.value
    if (raw.kind === 'list') return wholeOf(raw.items.map((item) => this.read(item, reading)))
    return variables.read(raw, reading)
  },
}

/** Names with values of any kind, for the user's own tasks. */
export const variables: Kind<Variables> = namesOf(
  'a map, from names to values',
  /^[^\p{C}]{1,200}$/u,
  anything,
)

/** Names of environment variables with texts. */
export const environment: Kind<Readonly<Record<string, string>>> = namesOf(
  'a map, from variables to texts',
  /^[A-Za-z_][A-Za-z0-9_]{0,199}$/,
  {
    what: 'a text',
    read(raw, reading) {
      return raw.kind === 'scalar' && raw.value === '' ? '' : plainText(raw, this.what, reading)
    },
  },
)

const NOTHING = Symbol('nothing')

/** Name, value and key of each entry of a map; undefined where it is none. */
export function entriesOf(
  raw: Raw,
  what: string,
  { name, wrong }: Reading,
): readonly (readonly [string, Raw, RawScalar])[] | undefined {
  if (raw.kind !== 'map') return wrong(raw.at, `${name} is ${what}, not ${kindOf(raw)}`)
  const entries = raw.entries.map((entry) => named(entry))
  return wholeOf(entries)

  function named({ key, value }: RawMap['entries'][number]): readonly [string, Raw, RawScalar] | undefined {
    if (typeof key.value === 'string') return [key.value, value, key]
    return wrong(key.at, `the key ${nameOf(key)} is no text`, `quote it: "${nameOf(key)}"`)
  }
}

/** All of them, or nothing where one was wrong. */
function wholeOf<T>(read: readonly (T | typeof NOTHING | undefined)[] | undefined): T[] | undefined {
  if (read === undefined || read.includes(undefined)) return undefined
  return read.filter((each): each is T => each !== undefined && each !== NOTHING)
}
