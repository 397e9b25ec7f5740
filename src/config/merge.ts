import { UsageError } from '../shell/index.ts'
import { cut, isKey, isSection, keyOf } from './keys.ts'
import type { Settings } from './settings.ts'
import { PLAIN, PROJECT } from './table.ts'
import { masked, type Values } from './values.ts'

/** The merged settings, and where each came from. */
export interface MergedSettings {
  readonly settings: Settings
  /** A value by its dotted name, such as `projects.shop.url`; undefined where it is not set. Throws a UsageError for a name no setting has. */
  get(dotted: string): unknown
  /** Where a value came from: `.gachetterc:3:5`, `environment GACHETTE_USER`, `--set`, `default`. */
  originOf(dotted: string): string
  /** Every setting, then every role, project and secret that was given. */
  origins(): readonly Origin[]
}

/** One line of `show_config`: the value is plain JSON, secrets are `***`, what is not set is null. */
export interface Origin {
  readonly key: string
  readonly value: unknown
  readonly source: string
}

/** Merges layers, farthest first, key by key: of a text or a list the nearest holds, maps grow together. */
export function mergeLayers(layers: readonly Values[]): MergedSettings {
  const merged: Values = new Map(layers.flatMap((layer) => [...layer]))
  const settings = settingsOf(merged)
  const get = (dotted: string) => lookUp(settings, dotted)
  const originOf = (dotted: string) => merged.get(dotted)?.source ?? 'default'
  const origins = () => {
    const named = [...merged.keys()].filter((full) => !Object.hasOwn(PLAIN, full))
    return [...Object.keys(PLAIN), ...named].map((key) => ({
      key,
      value: masked(get(key)),
      source: originOf(key),
    }))
  }
  return { settings, get, originOf, origins }
}

function settingsOf(merged: Values): Settings {
  const held = (full: string) => merged.get(full)?.value
  const all = bare()
  for (const [name, setting] of Object.entries(PLAIN)) all[name] = held(name) ?? setting.default
  all.debs_path ??= `${all.meta_path}/debs`
  const sections = { roles: bare(), members: bare(), projects: bare(), secrets: bare() }
  for (const [full, { value }] of merged) {
    const [section, rest = ''] = cut(full, full.indexOf('.'))
    if (value === undefined) continue
    if (section === 'roles' || section === 'members' || section === 'secrets') sections[section][rest] = value
    if (section === 'projects') {
      const [name] = cut(rest, rest.lastIndexOf('.'))
      sections.projects[name] ??= projectOf(name, held)
    }
  }
  for (const section of Object.values(sections)) Object.freeze(section)
  // The end of the parser: what the kinds have read becomes the type that is inferred from them.
  return Object.freeze(Object.assign(all, sections)) as unknown as Settings
}

function projectOf(name: string, held: (full: string) => unknown): unknown {
  const project = bare()
  for (const last of Object.keys(PROJECT)) project[last] = held(`projects.${name}.${last}`)
  return Object.freeze(project)
}

function lookUp(settings: Settings, dotted: string): unknown {
  if (Object.hasOwn(settings, dotted)) return own(settings, dotted)
  const [section, rest = ''] = cut(dotted, dotted.indexOf('.'))
  if (isSection(section)) {
    const named = own(settings, section)
    const whole = own(named, rest)
    if (whole !== undefined) return whole
    if (section === 'projects' && !rest.includes('.')) return undefined
    const [name, last = ''] = cut(rest, rest.lastIndexOf('.'))
    if (section === 'projects' && Object.hasOwn(PROJECT, last)) return own(own(named, name), last)
  }
  const key = keyOf(dotted)
  if (isKey(key) || key.reason === 'name') return undefined
  throw new UsageError(key.what, key.hint === undefined ? {} : { hint: key.hint })
}

const bare = (): Record<string, unknown> => Object.create(null)

const own = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, name)
    ? Object.entries(object).find(([key]) => key === name)?.[1]
    : undefined
