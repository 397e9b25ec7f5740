import { Secret } from '../shell/index.ts'
import type { Reading } from './kinds.ts'
import type { Layer } from './layers.ts'
import type { Problem } from './problem.ts'
import { withoutCredentials } from './raw.ts'

/** A value that was read, and where it was said. Undefined: said to be nothing (`gateway:` or `--set gateway=`). */
export interface Held {
  readonly value: unknown
  readonly source: string
}

/** Key → value; what could not be read is left out, and told. */
export type Values = ReadonlyMap<string, Held>

/** Reads every value of a layer, also those that a nearer layer will hide: a file is right or wrong as a whole. */
export function readLayer(
  layer: Layer,
  { home, world }: Pick<Reading, 'home' | 'world'>,
  problems: Problem[],
): Values {
  const values = new Map<string, Held>()
  for (const { key, raw, source, folder } of layer.values()) {
    const isNothing = raw.kind === 'scalar' && (raw.value === null || (raw.loose && raw.value === ''))
    if (isNothing) {
      values.set(key.full, { value: undefined, source })
      continue
    }
    const value = key.setting.kind.read(raw, {
      name: key.full,
      folder,
      home,
      world,
      wrong(where, what, hint) {
        problems.push({ where, what, hint })
      },
    })
    if (value !== undefined) values.set(key.full, { value, source })
  }
  return values
}

/** A value as it may be shown and written down: secrets and passwords in urls are `***`, nothing is null. */
export function masked(value: unknown): unknown {
  if (value === undefined) return null
  if (value instanceof Secret) return String(value)
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(each)]))
  return typeof value === 'string' ? withoutCredentials(value) : value
}
