import type { Where } from '../config/places.ts'
import {
  builtInTasks,
  findTaskFiles,
  loadTaskFiles,
  mergeTasks,
  type NamedTask,
  type Task,
  type TaskDescription,
  type TaskPlaces,
  userTasks,
} from '../task/index.ts'
import { type KeptListing, privateCacheDir } from './quick.ts'
import { lookedAt, readIndex, type TaskIndex, writeIndex } from './task-index.ts'

/** The tasks there are, and the way to one of them. */
export interface Catalogue {
  readonly tasks: readonly TaskDescription[]
  /** Loads one of `tasks`, and no more than is needed for it. */
  load(wanted: TaskDescription): Promise<Task>
}

export interface CatalogueOptions {
  readonly where: Where
  readonly places: TaskPlaces
  /** Whether `places` follow from `where` alone: only then is what is found there true the next time. */
  readonly isLasting: boolean
  /** The module of the built-in tasks. */
  readonly builtIn: () => Promise<object>
  /** What `import … from 'gachette'` means in task files. */
  readonly api: () => Promise<object>
}

/** `looked`: the state of things before anything was read. */
type Looked = CatalogueOptions & Pick<KeptListing, 'looked'>

/** The tasks of a project: from the index while it holds, else by loading every task file once. */
export async function openCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const { where, places, isLasting } = options
  const cacheDir = privateCacheDir(where)
  const looked = lookedAt(where, places)
  const index = cacheDir === undefined ? undefined : readIndex(cacheDir, where)
  if (cacheDir === undefined || index === undefined || !samePlaces(index.places, places))
    return loadAll(cacheDir, { ...options, looked })
  // Something came or went that matters to no task: the next listing need not look again.
  if (isLasting && !same(index.listing?.looked, looked)) writeIndex(cacheDir, where, { ...index, looked })
  return indexed(index, cacheDir, { ...options, looked })
}

async function loadAll(cacheDir: string | undefined, options: Looked): Promise<Catalogue> {
  const files = findTaskFiles(options.places)
  const builtIn = await loadBuiltIn(options)
  const users = files.length === 0 ? [] : userTasks(await load(files, cacheDir, options))
  const all = mergeTasks(builtIn, users)
  const tasks = all.map(({ description }) => description)
  const { where, places, isLasting, looked } = options
  if (cacheDir !== undefined && isLasting) writeIndex(cacheDir, where, { places, files, tasks, looked })
  return { tasks, load: async (wanted) => found(all, wanted) }
}

function indexed(index: TaskIndex, cacheDir: string | undefined, options: Looked): Catalogue {
  return {
    tasks: index.tasks,
    async load(wanted) {
      const file = index.files.find(({ path }) => path === wanted.file)
      const some =
        file === undefined ? await loadBuiltIn(options) : userTasks(await load([file], cacheDir, options))
      const task = taskOf(some, wanted)
      // A file it imports may have changed while it itself did not: then the index knows less than it seems.
      return task ?? (await loadAll(cacheDir, options)).load(wanted)
    },
  }
}

const loadBuiltIn = async ({ builtIn }: CatalogueOptions): Promise<readonly NamedTask[]> =>
  builtInTasks({ ...(await builtIn()) })

const load = async (files: TaskIndex['files'], cacheDir: string | undefined, { api }: CatalogueOptions) =>
  loadTaskFiles(files, { api: await api(), cacheDir })

function found(tasks: readonly NamedTask[], wanted: TaskDescription): Task {
  const task = taskOf(tasks, wanted)
  if (task === undefined) throw new Error(`the task ${wanted.name} is listed, but cannot be found`)
  return task
}

/** A built-in one may be listed as `gachette.NAME`. */
function taskOf(tasks: readonly NamedTask[], wanted: TaskDescription): Task | undefined {
  const names =
    wanted.group === 'built-in' ? [wanted.name, wanted.name.replace(/^gachette\./, '')] : [wanted.name]
  return tasks.find(
    ({ description }) => description.group === wanted.group && names.includes(description.name),
  )?.task
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const samePlaces = (a: TaskPlaces, b: TaskPlaces): boolean => same(a, b)
