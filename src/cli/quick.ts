import type { Where } from '../config/places.ts'
import { version } from '../version.ts'
import { privateCacheDir } from './cache-dir.ts'
import { listJson, listText } from './list.ts'
import { readIndex } from './task-index.ts'

/**
 * What the commonest questions (`-l`, `-c FILE -l`, `--version`) are answered without reading options or settings: from
 * the index of tasks, while it holds. Undefined: the long way.
 */
export function quickAnswer(argv: readonly string[], where: Where): string | undefined {
  const [first, ...more] = argv
  if (more.length === 0 && (first === '--version' || first === '-V')) return `${version}\n`
  const listing = listingOf(argv)
  const tasks = listing && indexedTasks({ ...where, configFile: listing.configFile })
  if (tasks === undefined) return undefined
  return listing?.isJson ? listJson(tasks) : listText(tasks)
}

/** `-l`, with `--json` and `-c FILE` before or after it; undefined where anything else is said. */
function listingOf(argv: readonly string[]) {
  const rest = [...argv]
  let [isList, isJson] = [false, false]
  let configFile: string | undefined
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-l' || word === '--list') isList = true
    else if (word === '--json') isJson = true
    else if (word === '-c' || word === '--config') configFile = rest.shift()
    else return undefined
  }
  return isList ? { isJson, configFile } : undefined
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
