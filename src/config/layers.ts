import {
  cut,
  endsInProjectSetting,
  isKey,
  isSection,
  type Key,
  keyOf,
  type NoKey,
  namedKey,
  projectKey,
  refusedProject,
  unknownTopLevel,
  wholeProject,
} from './keys.ts'
import type { Problem } from './problem.ts'
import { kindOf, nameOf, type Raw, type RawMap, type RawScalar } from './raw.ts'

/** One value that one place gives to one key. */
export interface Given {
  readonly key: Key
  readonly raw: Raw
  /** As `show_config` names the place: `.gachetterc:3:5`, `environment GACHETTE_USER`, `--set`. */
  readonly source: string
  /** Where local paths start. */
  readonly folder: string
}

/** All that one file, the environment or the command line gives: one value per dotted key. */
export type Layer = ReadonlyMap<string, Given>

/**
 * A file's map as a layer. Dotted keys and nested maps come to the same flat keys, so merging files deeply is merging
 * these layers key by key.
 */
export function layerOf(map: RawMap | undefined, folder: string, problems: Problem[]): Layer {
  const layer = new Map<string, Given>()
  for (const { key, value } of map?.entries ?? []) readTop(key, value)
  return layer

  function readTop(key: RawScalar, value: Raw) {
    const name = keyText(key)
    if (name === undefined) return
    const [section, rest] = cut(name, name.indexOf('.'))
    if (!isSection(section))
      return rest === undefined ? put(key, value, keyOf(name)) : put(key, value, unknownTopLevel(name))
    if (rest !== undefined) return readNamed(section, key, rest, value)
    for (const entry of entriesOf(value, `${section} is a map, from names to what they are`)) {
      const inner = keyText(entry.key)
      if (inner !== undefined) readNamed(section, entry.key, inner, entry.value)
    }
  }

  function readNamed(section: string, key: RawScalar, name: string, value: Raw) {
    if (section !== 'projects') return put(key, value, namedKey(section, name))
    // A project may have a dot in its name: `my.shop: {url: …}`, and `my.shop.url: …`.
    if (value.kind !== 'map' && endsInProjectSetting(name)) {
      const [project, last] = cut(name, name.lastIndexOf('.'))
      return put(key, value, projectKey(project, last ?? ''))
    }
    const refused = refusedProject(name)
    if (refused) return tellNoKey(key.at, refused)
    for (const entry of entriesOf(value, wholeProject(name).what)) {
      const last = keyText(entry.key)
      if (last !== undefined) put(entry.key, entry.value, projectKey(name, last))
    }
  }

  function put(at: RawScalar, raw: Raw, key: Key | NoKey) {
    if (!isKey(key)) return tellNoKey(at.at, key)
    const before = layer.get(key.full)
    if (before === undefined) layer.set(key.full, { key, raw, source: at.at, folder })
    else problems.push({ where: at.at, what: `${key.full} is given twice, first at ${before.source}` })
  }

  function tellNoKey(where: string, { what, hint }: NoKey) {
    problems.push({ where, what, hint })
  }

  function entriesOf(value: Raw, what: string): RawMap['entries'] {
    if (value.kind === 'map') return value.entries
    if (value.kind !== 'scalar' || value.value !== null)
      problems.push({ where: value.at, what: `${what}, not ${kindOf(value)}` })
    return []
  }

  function keyText(key: RawScalar): string | undefined {
    if (typeof key.value === 'string') return key.value
    problems.push({
      where: key.at,
      what: `the key ${nameOf(key)} is no text`,
      hint: `quote it: "${nameOf(key)}"`,
    })
    return undefined
  }
}
