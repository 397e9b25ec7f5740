import { didYouMean } from './nearest.ts'
import { asWord } from './problem.ts'
import { NAME, NAME_IN_WORDS, type Setting } from './setting.ts'
import { NAMED, PLAIN, PROJECT } from './table.ts'

/** A place in the settings that holds one value: `port`, `roles.web`, `projects.shop.url`. */
export interface Key {
  /** The dotted name, unique. */
  readonly full: string
  readonly setting: Setting<unknown>
}

/** Why a dotted name is no key. */
export interface NoKey {
  /** No setting is called so; or the setting exists, and the name the user made up cannot be one. */
  readonly reason: 'unknown' | 'name'
  readonly what: string
  readonly hint?: string | undefined
}

const SECTIONS: readonly string[] = [...Object.keys(NAMED), 'projects']
const TOP_LEVEL = [...Object.keys(PLAIN), ...SECTIONS]

/** Finds the setting of a dotted name. Names of roles and projects may hold dots themselves: the ends decide. */
export function keyOf(dotted: string): Key | NoKey {
  const plain = own(PLAIN, dotted)
  if (plain) return { full: dotted, setting: plain }
  const [section, rest] = cut(dotted, dotted.indexOf('.'))
  if (rest === undefined || !SECTIONS.includes(section)) return unknownTopLevel(dotted)
  if (section === 'projects') {
    const [name, last] = cut(rest, rest.lastIndexOf('.'))
    return last === undefined ? wholeProject(rest) : projectKey(name, last)
  }
  return namedKey(section, rest)
}

/** Whether a dotted name was found. */
export const isKey = (found: Key | NoKey): found is Key => 'setting' in found

/** The sections whose keys the user makes up: `projects`, `roles`, `members`, `secrets`. */
export const isSection = (name: string): boolean => SECTIONS.includes(name)

/** The key of `projects.<name>.<setting>`. */
export function projectKey(name: string, last: string): Key | NoKey {
  const full = `projects.${name}.${last}`
  const refused = refusedProject(name)
  if (refused) return refused
  const setting = own(PROJECT, last)
  if (setting) return { full, setting }
  return {
    reason: 'unknown',
    what: `${asWord(last)} is not a setting of a project`,
    hint: didYouMean(last, Object.keys(PROJECT)),
  }
}

/** Why a project cannot have this name; undefined when it can. */
export const refusedProject = (name: string): NoKey | undefined => refusedName(name, 'project')

/** The key of `roles.<name>`, `members.<role>` or `secrets.<name>`. */
export function namedKey(section: string, name: string): Key | NoKey {
  const refused = refusedName(name, section === 'secrets' ? 'secret' : 'role')
  if (refused) return refused
  const setting = own(NAMED, section)
  return setting ? { full: `${section}.${name}`, setting } : unknownTopLevel(section)
}

/** Whether the last part of `shop.url` is a setting of a project. */
export const endsInProjectSetting = (rest: string): boolean =>
  rest.includes('.') && own(PROJECT, rest.slice(rest.lastIndexOf('.') + 1)) !== undefined

/** A project is no value by itself. */
export const wholeProject = (name: string): NoKey => ({
  reason: 'unknown',
  what: `projects.${asWord(name)} is a map of ${listed(Object.keys(PROJECT))}`,
})

/** A name that stands where settings stand, and is none. */
export function unknownTopLevel(name: string): NoKey {
  return { reason: 'unknown', what: `${asWord(name)} is not a setting`, hint: didYouMean(name, TOP_LEVEL) }
}

/** Splits at a dot; without one the second part is undefined. */
export const cut = (dotted: string, at: number): [string, string | undefined] =>
  at < 0 ? [dotted, undefined] : [dotted.slice(0, at), dotted.slice(at + 1)]

function refusedName(name: string, of: string): NoKey | undefined {
  // Names such as `constructor` would be traps wherever somebody makes a plain object of them.
  if (name in Object.prototype) return { reason: 'name', what: `no ${of} can have the name ${name}` }
  if (NAME.test(name)) return undefined
  return {
    reason: 'name',
    what: `no ${of} can have the name ${asWord(name)}`,
    hint: `names are made of ${NAME_IN_WORDS}`,
  }
}

const listed = (words: readonly string[]) => `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`

const own = (table: Readonly<Record<string, Setting<unknown>>>, name: string) =>
  Object.hasOwn(table, name) ? table[name] : undefined
