import type { Where } from '../config/places.ts'
import { version } from '../version.ts'
import { privateCacheDir } from './cache-dir.ts'
import { listJson, listText } from './list.ts'
import { readIndex } from './task-index.ts'

/**
 * What the commonest questions (`-l`, `--list`, `--version`) are answered without reading options or settings: from
 * the index of tasks, while it holds. Undefined: the long way.
 */
export function quickAnswer(argv: readonly string[], where: Where): string | undefined {
  const [first, second, ...more] = argv
  if (more.length > 0) return undefined
  if ((first === '--version' || first === '-V') && second === undefined) return `${version}\n`
  if (first !== '-l' && first !== '--list') return undefined
  if (second !== undefined && second !== '--json') return undefined
  const tasks = indexedTasks(where)
  if (tasks === undefined) return undefined
  return second === '--json' ? listJson(tasks) : listText(tasks)
}

function indexedTasks(where: Where) {
  try {
    const cacheDir = privateCacheDir(where)
    return cacheDir === undefined ? undefined : readIndex(cacheDir, where)?.tasks
  } catch {
    // The long way meets the same fault, and says it properly.
    return undefined
  }
}
