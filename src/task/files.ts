import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, extname, join, sep } from 'node:path'
import { UsageError } from '../shell/errors.ts'

/** A file that may define tasks. With `size` and `mtimeMs` it is the key of whatever was learned from it. */
export interface TaskFile {
  /** Absolute, symbolic links resolved. */
  readonly path: string
  /** The folders below the tasks' own folder, such as `db`; empty at its top. */
  readonly namespace: string
  readonly mtimeMs: number
  readonly size: number
}

export interface TaskPlaces {
  /** The project's folder, absolute. */
  readonly projectDir: string
  /** Folders whose settings files were read, and so may name task files in them too. */
  readonly settingsDirs: readonly string[]
  /** The `tasks` setting: files and folders, absolute. Without it: gachette.tasks.* and tasks/ of the project. */
  readonly tasks?: readonly string[] | undefined
}

/**
 * The task files of a project, in a stable order. Refuses, with a UsageError, what somebody else could have written:
 * files and folders owned by neither me nor root, or writable by others; and everything outside of these folders.
 */
export function findTaskFiles({ projectDir, settingsDirs, tasks }: TaskPlaces): readonly TaskFile[] {
  const root = realpathSync(projectDir)
  if (tasks === undefined || tasks.length === 0) {
    const single = EXTENSIONS.map((extension) => join(root, `gachette.tasks${extension}`))
    return [...single, join(root, 'tasks')].filter(exists).flatMap((path) => filesAt(path, [root]))
  }
  const roots = [root, ...settingsDirs.map((dir) => realpathSync(dir))]
  for (const path of tasks)
    if (!exists(path))
      throw new UsageError(`${path}: there is no such file or folder`, { hint: SETTING_HINT })
  return tasks.flatMap((path) => filesAt(path, roots))
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs']
const SETTING_HINT = 'the setting tasks names it'

function filesAt(path: string, roots: readonly string[]): readonly TaskFile[] {
  const real = realpathSync(path)
  const root = roots.find((each) => real === each || real.startsWith(each === sep ? sep : each + sep))
  if (root === undefined)
    throw new UsageError(`${path}: tasks are loaded only from the project's folder, ${roots[0]}`, {
      hint: 'or from the folder of the settings file that names them',
    })
  if (real !== root)
    for (const folder of foldersBetween(root, dirname(real))) refuseForeign(folder, statSync(folder))
  const stat = statSync(real)
  return stat.isDirectory() ? filesBelow(real, '') : [taskFile(real, '', stat)]
}

function filesBelow(folder: string, namespace: string): readonly TaskFile[] {
  refuseForeign(folder, statSync(folder))
  const names = readdirSync(folder).sort()
  return names.flatMap((name) => {
    if (/^[._]|^node_modules$/.test(name)) return []
    const path = join(folder, name)
    const stat = lstatSync(path)
    // Not followed: a link could lead out of the project, or round in a circle.
    if (stat.isSymbolicLink()) return []
    if (stat.isDirectory()) return filesBelow(path, namespace === '' ? name : `${namespace}.${name}`)
    return stat.isFile() && isTaskFile(name) ? [taskFile(path, namespace, stat)] : []
  })
}

const isTaskFile = (name: string): boolean =>
  EXTENSIONS.includes(extname(name)) && !/\.(d|test|spec)\.\w+$/.test(name)

function taskFile(path: string, namespace: string, stat: Stats): TaskFile {
  refuseForeign(path, stat)
  return { path, namespace, mtimeMs: stat.mtimeMs, size: stat.size }
}

function foldersBetween(root: string, folder: string): readonly string[] {
  return folder === root || !folder.startsWith(root)
    ? [folder]
    : [...foldersBetween(root, dirname(folder)), folder]
}

/** Throws unless nobody but me and root can have written this. */
function refuseForeign(path: string, stat: Stats): void {
  const me = process.getuid?.()
  if (me === undefined) return
  if (stat.uid !== me && stat.uid !== 0)
    throw new UsageError(`${path} belongs to somebody else (uid ${stat.uid}), and is not loaded`, {
      hint: "task files are code: only yours and root's are run",
    })
  // In a sticky folder (/tmp) others can add files, which are looked at by themselves, but not replace mine.
  if (stat.isDirectory() && (stat.mode & 0o1000) !== 0) return
  const byOthers = (stat.mode & 0o002) !== 0
  // A group of one's own (umask 002) is not others.
  const byGroup = (stat.mode & 0o020) !== 0 && stat.gid !== process.getgid?.() && stat.gid !== 0
  if (byOthers || byGroup)
    throw new UsageError(`${path} is writable by others, and is not loaded`, {
      hint: `task files are code; chmod ${byOthers ? 'o-w' : 'g-w'} ${path}`,
    })
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
