import { UsageError } from '../shell/index.ts'
import { isTask } from './define.ts'
import { describeTask, type NamedTask } from './describe.ts'
import type { LoadedFile } from './load.ts'
import { nameTask } from './names.ts'
import type { Task } from './task.ts'

/** Words the command line means itself. */
const RESERVED = ['help', 'init', 'completion']

/** The built-in tasks of a module (`import * as`): each export that is a task, under the name it is exported by. */
export function builtInTasks(module: Readonly<Record<string, unknown>>): readonly NamedTask[] {
  return Object.entries(module).flatMap(([name, task]) => (isTask(task) ? [named(name, task)] : []))
}

/**
 * The tasks of the user's files, named by export and folder; a default export by its file. What is exported and is no
 * task is ignored. Throws a UsageError for a name that is none, and for two tasks of one name.
 */
export function userTasks(files: readonly LoadedFile[]): readonly NamedTask[] {
  const byName = new Map<string, NamedTask>()
  for (const { file, exported } of files) {
    for (const [key, task] of Object.entries(exported)) {
      if (!isTask(task)) continue
      const name = nameOf(key, file)
      const before = byName.get(folded(name))
      if (before?.task === task) continue
      if (before !== undefined) throw twice(name, before, file.path)
      byName.set(folded(name), named(name, task, file.path))
    }
  }
  return [...byName.values()]
}

function named(name: string, task: Task, file?: string): NamedTask {
  nameTask(task, name)
  return { description: describeTask(name, task, file), task }
}

/** All tasks of a run. A user's wins over a built-in of the same name, which stays as `gachette.NAME`. */
export function mergeTasks<T extends { readonly description: { readonly name: string } }>(
  builtIn: readonly T[],
  users: readonly T[],
): readonly T[] {
  const taken = new Set(users.map(({ description }) => folded(description.name)))
  const kept = builtIn.map((each) => {
    const { name } = each.description
    return taken.has(folded(name))
      ? { ...each, description: { ...each.description, name: `gachette.${name}` } }
      : each
  })
  return [...sorted(kept), ...sorted(users)]
}

const sorted = <T extends { readonly description: { readonly name: string } }>(tasks: readonly T[]) => {
  const { compare } = new Intl.Collator('en', { numeric: true })
  return [...tasks].sort((a, b) => compare(a.description.name, b.description.name))
}

/** The task somebody means by a name: `-` and `_` are one; a built-in is also found as `gachette.NAME`. */
export function findTask<T extends { readonly name: string; readonly group: string }>(
  tasks: readonly T[],
  typed: string,
): T | undefined {
  const wanted = folded(typed)
  const exact = tasks.find(({ name }) => name === typed) ?? tasks.find(({ name }) => folded(name) === wanted)
  if (exact !== undefined || !wanted.startsWith('gachette.')) return exact
  return tasks.find(({ name, group }) => group === 'built-in' && `gachette.${folded(name)}` === wanted)
}

const folded = (name: string): string => name.replaceAll('-', '_')

function nameOf(key: string, { path, namespace }: LoadedFile['file']): string {
  const base = (path.split('/').at(-1) ?? '').replace(/\.\w+$/, '')
  const own = key === 'default' ? base : key
  const name = namespace === '' ? own : `${namespace}.${own}`
  if (!name.split('.').every((part) => /^[A-Za-z][\w-]*$/.test(part)))
    throw new UsageError(`${path}: ${name} is no name for a task`, {
      hint: 'a name is letters, digits, - and _, a letter first; folders give the part before a dot',
    })
  if (RESERVED.includes(name) || name.startsWith('gachette.'))
    throw new UsageError(`${path}: ${name} is a word of gachette's own, and cannot name a task`)
  return name
}

function twice(name: string, before: NamedTask, path: string): UsageError {
  const { name: other, file } = before.description
  return new UsageError(
    `${path}: there is a task ${name} already${name === other ? '' : ` (${other})`}, in ${file}`,
    {
      hint: 'rename one, or put it into a folder: tasks/db/migrate.ts gives db.migrate',
    },
  )
}
