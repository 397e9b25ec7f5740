import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { settingsFingerprint, type Where } from '../config/places.ts'
import type { TaskDescription } from '../task/describe.ts'
import { findTaskFiles, type TaskFile, type TaskPlaces } from '../task/files.ts'
import { version } from '../version.ts'

/** What is known of a project's tasks without loading them, and what must be unchanged for it to hold. */
export interface TaskIndex {
  readonly places: TaskPlaces
  readonly files: readonly TaskFile[]
  readonly tasks: readonly TaskDescription[]
}

/**
 * The index of a project's tasks, if it still holds: same program, same settings, same task files. Anything about it
 * that is broken, foreign or out of date makes it undefined. Throws what `findTaskFiles` throws.
 */
export function readIndex(cacheDir: string, where: Where): TaskIndex | undefined {
  const kept = readOwn(join(cacheDir, nameOf(where)))
  if (!isKept(kept) || kept.key !== keyOf(where)) return undefined
  return JSON.stringify(findTaskFiles(kept.places)) === JSON.stringify(kept.files) ? kept : undefined
}

/** Keeps an index for the next start. That it could not be written matters to nobody. */
export function writeIndex(cacheDir: string, where: Where, index: TaskIndex): void {
  const path = join(cacheDir, nameOf(where))
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, JSON.stringify({ v: 1, key: keyOf(where), ...index }), { mode: 0o600, flag: 'wx' })
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

/** The text of a file that this user wrote and nobody else can; undefined for every other. */
function readOwn(path: string): unknown {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const stat = fstatSync(file)
    if (!stat.isFile() || (stat.mode & 0o022) !== 0) return undefined
    if (process.getuid !== undefined && stat.uid !== process.getuid()) return undefined
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function isKept(kept: unknown): kept is TaskIndex & { readonly key: string } {
  if (typeof kept !== 'object' || kept === null) return false
  const { v, key, places, files, tasks } = kept as Record<string, unknown>
  if (v !== 1 || typeof key !== 'string' || !Array.isArray(files) || !Array.isArray(tasks)) return false
  if (typeof places !== 'object' || places === null || !('projectDir' in places)) return false
  return tasks.every((task) => typeof task?.name === 'string' && typeof task.params === 'object')
}

/** One index for each working directory and settings file; a clash of names costs time, not truth: the key is compared. */
function nameOf({ cwd, configFile }: Where): string {
  let hash = 0n
  for (const byte of Buffer.from(`${cwd}\0${configFile ?? ''}`))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n + 0x9e37n)
  return `tasks-${hash.toString(16)}.json`
}

const keyOf = (where: Where): string => JSON.stringify([version, builtInStamp(), settingsFingerprint(where)])

/** Changes with every change of the built-in tasks, also while the version does not. */
function builtInStamp(): readonly string[] {
  const folder = fileURLToPath(new URL('../../tasks/', import.meta.url))
  return readdirSync(folder).map((name) => {
    const { mtimeMs, size } = statSync(join(folder, name))
    return `${name} ${mtimeMs} ${size}`
  })
}
