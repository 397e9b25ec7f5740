import { isKey, type Key, keyOf, namedKey, projectKey } from './keys.ts'
import type { Given, Layer } from './layers.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import { rawOf } from './raw.ts'
import { NAMED, PLAIN, PROJECT } from './table.ts'
import { type Environment, PREFIX, settingVariables, variableOf } from './variables.ts'

const SECTION = /^(PROJECTS|ROLES|SECRETS)__(.+)$/

/**
 * What the environment gives. Variables are upper case while names are not: `SHOP` in one means the name of the files
 * that is SHOP in upper case (other characters count as `_`), or else `shop`. A variable no setting has is a warning.
 */
export function environmentLayer(
  env: Environment,
  known: Iterable<Key>,
  context: { readonly cwd: string; readonly problems: Problem[]; readonly warn: (message: string) => void },
): Layer {
  const byVariable = new Map<string, Map<string, Key>>()
  for (const key of [...known].flatMap(siblingsOf)) {
    const variable = variableOf(key.full)
    const meant = byVariable.get(variable) ?? new Map<string, Key>()
    byVariable.set(variable, meant.set(key.full, key))
  }
  const layer = new Map<string, Given>()
  for (const [variable, value] of settingVariables(env)) {
    const where = `environment ${variable}`
    const meant = [...(byVariable.get(variable)?.values() ?? [])]
    if (meant.length > 1) {
      const names = meant.map((key) => key.full).join(' and ')
      context.problems.push({ where, what: `this may mean ${names}`, hint: 'give it with --set' })
      continue
    }
    const key = meant[0] ?? keyOfVariable(variable)
    if (key) layer.set(key.full, { key, raw: rawOf(value, where), source: where, folder: context.cwd })
    else context.warn(`${where}: no setting has this name${advice(variable)}`)
  }
  return layer
}

/** The key itself, or all the keys its project may have. */
function siblingsOf(key: Key): readonly Key[] {
  const [, name] = /^projects\.(.*)\.[^.]*$/.exec(key.full) ?? []
  if (name === undefined) return [key]
  return Object.keys(PROJECT).flatMap((last) => found(projectKey(name, last)) ?? [])
}

function keyOfVariable(variable: string): Key | undefined {
  const name = variable.slice(PREFIX.length)
  const [, section, rest] = SECTION.exec(name) ?? []
  if (section === undefined || rest === undefined)
    return name === name.toUpperCase() ? found(keyOf(name.toLowerCase())) : undefined
  if (section !== 'PROJECTS') return found(namedKey(section.toLowerCase(), rest.toLowerCase()))
  const at = rest.lastIndexOf('__')
  return at < 1
    ? undefined
    : found(projectKey(rest.slice(0, at).toLowerCase(), rest.slice(at + 2).toLowerCase()))
}

const found = (key: ReturnType<typeof keyOf>): Key | undefined => (isKey(key) ? key : undefined)

function advice(variable: string): string {
  const known = [
    ...Object.keys(PLAIN),
    ...Object.keys(NAMED).map((section) => `${section}.NAME`),
    ...Object.keys(PROJECT).map((last) => `projects.NAME.${last}`),
  ]
  const names = known.map((key) => variableOf(key).slice(PREFIX.length))
  const closest = nearest(variable.slice(PREFIX.length), names)
  if (closest === undefined) return ''
  return closest.near
    ? `; did you mean ${PREFIX}${closest.word}?`
    : `; the nearest known one is ${PREFIX}${closest.word}`
}
