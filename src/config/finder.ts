import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { type CosmiconfigResult, cosmiconfig, type Loader, type PublicExplorer } from 'cosmiconfig'
import type { Place } from './places.ts'
import { readTrusted, type TrustedText } from './trusted-file.ts'

/** The settings file of one folder, read; undefined where there is none, or an empty one. `path` is the one that is there. */
export async function findIn({ folder, names }: Place, path: string): Promise<TrustedText | undefined> {
  // A worker thread has no working directory of its own to construct an explorer in.
  if (!isMainThread) return readTrusted(path)
  const found: CosmiconfigResult = await explorerFor(names).search(folder)
  return found?.config
}

const explorers = new Map<readonly string[], PublicExplorer>()

function explorerFor(names: readonly string[]): PublicExplorer {
  const explorer = explorers.get(names) ?? constructSafely(names)
  explorers.set(names, explorer)
  return explorer
}

/**
 * Merely constructing a cosmiconfig explorer runs `./.config/config.js` of the working directory. So it is constructed,
 * synchronously, with our own folder as the working directory; there is no such file. `$import`, package.json and
 * JavaScript have no way in: every name has our loader, which reads the file anew as a trusted one.
 */
function constructSafely(names: readonly string[]): PublicExplorer {
  const read: Loader = (path) => readTrusted(path)
  const options = {
    searchPlaces: [...names],
    searchStrategy: 'none' as const,
    cache: false,
    loaders: { noExt: read, default: read, '.yaml': read, '.yml': read, '.json': read },
  }
  const cwd = process.cwd()
  process.chdir(dirname(fileURLToPath(import.meta.url)))
  try {
    return cosmiconfig('gachette', options)
  } finally {
    process.chdir(cwd)
  }
}
