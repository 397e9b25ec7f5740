import type { Problems } from './problems.ts'
import { Dict } from './python/index.ts'

/**
 * The configurations of a missile, `default` first, then the others in the order of the file: a file without a top-level
 * `default` is one configuration.
 */
export function configurations(root: Dict, problems: Problems): readonly Dict[] {
  const base = root.get('default')
  if (base === undefined) return [root]
  if (!(base instanceof Dict)) {
    problems.add('default is a mapping of keys to values', problems.placeOf(root, 'default'))
    return []
  }
  const others = root.entries().filter(([key]) => key !== 'default')
  return [
    base,
    ...others.flatMap(([key, block]) => {
      if (block instanceof Dict) return [layOver(base, block, problems)]
      problems.add(
        `beside default every top-level key is a configuration: a mapping of keys to values`,
        problems.placeOf(root, key),
      )
      return []
    }),
  ]
}

/** One block over another: mapping on mapping key by key, at any depth; anything else replaces. */
function layOver(base: Dict, block: Dict, problems: Problems): Dict {
  const merged = new Dict()
  for (const [key, value] of base.entries()) {
    merged.set(key, value)
    problems.copyNote(base, merged, key)
  }
  for (const [key, value] of block.entries()) {
    const below = base.get(key)
    merged.set(key, value instanceof Dict && below instanceof Dict ? layOver(below, value, problems) : value)
    problems.copyNote(block, merged, key)
  }
  return merged
}
