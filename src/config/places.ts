import { realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Environment, isSecretVariable, settingVariables } from './variables.ts'

/** Where settings are looked for. */
export interface Where {
  /** The working directory, absolute. */
  readonly cwd: string
  readonly home: string
  readonly env: Environment
  /** `-c FILE`, relative to `cwd`: replaces the search. */
  readonly configFile?: string | undefined
}

/** Names of a settings file in a folder of the project, and in the home folder. */
export const FILE_NAMES = ['.gachetterc', '.gachetterc.yaml', '.gachetterc.yml', '.gachetterc.json'] as const
/** Names of a settings file in `~/.config/gachette/`. */
export const GLOBAL_FILE_NAMES = [
  '.gachetterc',
  'config',
  'config.yaml',
  'config.yml',
  'config.json',
] as const
/** Files that hold tasks of a project by their name alone. */
export const TASK_FILE_NAMES = [
  'gachette.tasks.ts',
  'gachette.tasks.js',
  'gachette.tasks.mts',
  'gachette.tasks.mjs',
] as const

/** A folder that may hold one settings file. */
export interface Place {
  readonly folder: string
  readonly names: readonly string[]
}

/** The folders that are searched, nearest first: the project's, then `~/.config/gachette`, then the home folder. */
export function places({ cwd, home }: Where): readonly Place[] {
  return [
    ...projectFolders(cwd, home).map((folder) => ({ folder, names: FILE_NAMES })),
    { folder: join(home, '.config', 'gachette'), names: GLOBAL_FILE_NAMES },
    { folder: resolve(home), names: FILE_NAMES },
  ]
}

/**
 * The folder of the project: the nearest one (up to the repository's root or the home folder) with a `gachette.tasks.*`
 * file, else the nearest with a settings file, else the repository's root, else the working directory.
 */
export function projectFolder({ cwd, home }: Pick<Where, 'cwd' | 'home'>): string {
  const folders = projectFolders(cwd, home)
  const holds = (names: readonly string[]) =>
    folders.find((folder) => names.some((name) => stat(join(folder, name))?.isFile()))
  const root = folders.at(-1)
  return holds(TASK_FILE_NAMES) ?? holds(FILE_NAMES) ?? (root && isRepository(root) ? root : resolve(cwd))
}

/**
 * All that decides which settings hold, as text: equal text, equal settings. Costs some dozens of `stat` and imports no
 * parser, so it can guard a cache. Secrets of the environment are not in it, as no listing depends on them.
 */
export function settingsFingerprint(where: Where): string {
  const { cwd, home, env } = where
  return JSON.stringify([
    cwd,
    home,
    lookedForSettings(where).map((path) => [path, stampOf(path)]),
    settingVariables(env).filter(([name]) => !isSecretVariable(name)),
  ])
}

/** Every path whose coming, going or changing may change the settings, or which folder is the project's. */
export function lookedForSettings(where: Where): readonly string[] {
  const { cwd, home, configFile } = where
  const named = configFile === undefined ? [] : [resolve(cwd, configFile)]
  const searched = places(where).flatMap(({ folder, names }) => names.map((name) => join(folder, name)))
  const markers = projectFolders(cwd, home).flatMap((folder) =>
    ['.git', ...TASK_FILE_NAMES].map((name) => join(folder, name)),
  )
  return [...named, ...searched, ...markers]
}

/** From the working directory up to the repository's root, or to below the home folder, or to `/`. */
function projectFolders(cwd: string, home: string): readonly string[] {
  const folders: string[] = []
  // The working directory is a real path, and HOME may be one through a link.
  const ends = [resolve(home), realPath(home)]
  for (let folder = resolve(cwd); !ends.includes(folder); folder = dirname(folder)) {
    folders.push(folder)
    if (isRepository(folder) || folder === dirname(folder)) break
  }
  return folders
}

const isRepository = (folder: string): boolean => stat(join(folder, '.git')) !== undefined

function stampOf(path: string): readonly number[] | null {
  const found = stat(path)
  if (!found) return null
  // A folder's times change with every git command; that it is there is all that matters.
  return found.isFile() ? [found.dev, found.ino, found.size, found.mtimeMs, found.ctimeMs] : []
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Undefined also where a folder may not be entered: what cannot be seen is not there. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
