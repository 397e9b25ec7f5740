import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lookedForSettings, settingsFingerprint, type Where } from '../config/places.ts'
import type { TaskDescription } from '../task/describe.ts'
import { findTaskFiles, type TaskFile, type TaskPlaces } from '../task/files.ts'
import { version } from '../version.ts'
import { listJson, listText } from './list.ts'
import { indexName, type KeptListing, placeOf, readOwn, stampOf } from './quick.ts'

/** What is known of a project's tasks without loading them, and what must be unchanged for it to hold. */
export interface TaskIndex {
  readonly places: TaskPlaces
  readonly files: readonly TaskFile[]
  readonly tasks: readonly TaskDescription[]
  readonly listing?: KeptListing
}

/**
 * The index of a project's tasks, if it still holds: same program, same settings, same task files. Anything about it
 * that is broken, foreign or out of date makes it undefined. Throws what `findTaskFiles` throws.
 */
export function readIndex(cacheDir: string, where: Where): TaskIndex | undefined {
  const kept = readOwn(join(cacheDir, indexName(where)))
  if (!isKept(kept) || kept.key !== keyOf(where)) return undefined
  return JSON.stringify(findTaskFiles(kept.places)) === JSON.stringify(kept.files) ? kept : undefined
}

/**
 * The state of all that a listing follows from: taken before anything is read, so that a change in between makes the
 * listing old, never wrong.
 */
export function lookedAt(where: Where, { projectDir, tasks }: TaskPlaces): KeptListing['looked'] {
  const paths = [
    ...lookedForSettings(where),
    ...OWN_CODE,
    ...below(TASKS),
    ...(tasks ?? [join(projectDir, 'tasks')]).flatMap((path) => [path, ...below(path)]),
  ]
  return [...new Set(paths)].map((path) => [path, stampOf(path)])
}

/** Keeps an index for the next start. That it could not be written matters to nobody. */
export function writeIndex(
  cacheDir: string,
  where: Where,
  index: TaskIndex & Pick<KeptListing, 'looked'>,
): void {
  const { looked, places, files, tasks } = index
  const listing: KeptListing = {
    place: placeOf(where),
    looked,
    text: listText(tasks),
    json: listJson(tasks),
  }
  const path = join(cacheDir, indexName(where))
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, JSON.stringify({ v: 1, key: keyOf(where), places, files, tasks, listing }), {
      mode: 0o600,
      flag: 'wx',
    })
    renameSync(draft, path)
    forgetOld(cacheDir)
  } catch {
    rmSync(draft, { force: true })
  }
}

const KEPT_MS = 90 * 86_400_000

/** Removes what was written long ago, compiled task files too: each can be made again. */
function forgetOld(cacheDir: string): void {
  for (const name of readdirSync(cacheDir)) {
    const path = join(cacheDir, name)
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { force: true })
  }
}

function isKept(kept: unknown): kept is TaskIndex & { readonly key: string } {
  if (typeof kept !== 'object' || kept === null) return false
  const { v, key, places, files, tasks } = kept as Record<string, unknown>
  if (v !== 1 || typeof key !== 'string' || !Array.isArray(files) || !Array.isArray(tasks)) return false
  if (typeof places !== 'object' || places === null || !('projectDir' in places)) return false
  return tasks.every((task) => typeof task?.name === 'string' && typeof task.params === 'object')
}

const keyOf = (where: Where): string => JSON.stringify([version, builtInStamp(), settingsFingerprint(where)])

/** The built-in tasks: beside the folder of a compiled program, or of src/. */
const TASKS = ['../tasks/', '../../tasks/']
  .map((way) => fileURLToPath(new URL(way, import.meta.url)))
  .find((folder) => existsSync(folder)) as string
/** A newer program of ours may know other tasks, or list them in another way. */
const OWN_CODE = [TASKS, fileURLToPath(new URL('.', import.meta.url)), fileURLToPath(import.meta.url)]

/** All files and folders below a folder; nothing of what is no folder, or is never looked at. */
function below(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (/^[._]|^node_modules$/.test(entry.name)) return []
      return entry.isDirectory() ? [path, ...below(path)] : [path]
    })
  } catch {
    return []
  }
}

/** Changes with every change of the built-in tasks, also while the version does not. */
function builtInStamp(): readonly string[] {
  return readdirSync(TASKS).map((name) => {
    const { mtimeMs, size } = statSync(join(TASKS, name))
    return `${name} ${mtimeMs} ${size}`
  })
}
