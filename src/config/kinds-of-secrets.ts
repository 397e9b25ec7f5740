import { Secret } from '../shell/index.ts'
import type { SecretSource } from './find-secret.ts'
import { type Kind, type Reading, text } from './kinds.ts'
import { commandWords } from './kinds-of-lists.ts'
import { localPath } from './kinds-of-paths.ts'
import { kindOf, type Raw, type RawMap } from './raw.ts'

const SOURCES = {
  env: text('the name of an environment variable', /^[A-Za-z_][A-Za-z0-9_]*$/),
  file: localPath,
  command: commandWords,
  prompt: text('a question'),
}
const WAYS = '{env: NAME}, {file: PATH}, {command: WORDS} or {prompt: QUESTION}'

/** A value that is never shown, neither in messages nor by `show_config`: a text, or where to find it once it is needed. */
export const secret: Kind<Secret> = {
  what: `a text that is never shown, or ${WAYS}`,
  read(raw, reading) {
    if (raw.kind === 'map') return kept(raw, reading)
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

/** Whether a value is a secret itself, and not only where to find one. */
export const isLiteral = (raw: Raw): boolean => raw.kind !== 'map'

/** Nothing of the map is shown where it is wrong: it may be a secret somebody forgot to quote. */
function kept(raw: RawMap, reading: Reading): Secret | undefined {
  const { name, folder, world = { env: {} }, wrong } = reading
  const [entry, ...others] = raw.entries
  const way = String(entry?.key.value)
  if (entry === undefined || others.length > 0 || !isWay(way))
    return wrong(raw.at, `${name} is a text, or a map with one way to find it`, WAYS)
  const kind = SOURCES[way]
  const inner: Reading = {
    ...reading,
    name: `${name}.${way}`,
    wrong: (at) => wrong(at, `${name}.${way} is ${kind.what}`),
  }
  const value = kind.read(entry.value, inner)
  if (value === undefined) return undefined
  if (value.length === 0) return inner.wrong(entry.value.at, '')
  const sought = { source: { [way]: value } as SecretSource, name, folder, at: raw.at }
  return new Secret(async () => {
    const { findSecret } = await import('./find-secret.ts')
    return findSecret(sought, world)
  })
}

const isWay = (way: string): way is keyof typeof SOURCES => Object.hasOwn(SOURCES, way)
