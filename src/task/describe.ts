import type { ParamSpecs } from './params.ts'
import type { Task } from './task.ts'

/** What listing, help, completion and the command line need to know of a task: plain JSON, kept in the index. */
export interface TaskDescription {
  /** With its namespace: `restart`, `db.migrate`, `gachette.quick`. */
  readonly name: string
  readonly summary: string
  readonly group: 'built-in' | 'project'
  /** The file it was loaded from; absent for built-in ones. */
  readonly file?: string
  readonly params: ParamSpecs
  readonly hosts?: readonly string[] | 'none'
  /** Whether it only answers: its result is what is printed. */
  readonly answers: boolean
}

/** A task and what it is called. */
export interface NamedTask {
  readonly description: TaskDescription
  readonly task: Task
}

/** The description of a task under a name. */
export function describeTask(name: string, task: Task, file?: string): TaskDescription {
  return {
    name,
    summary: task.summary,
    group: file === undefined ? 'built-in' : 'project',
    ...(file === undefined ? {} : { file }),
    params: task.params,
    ...(task.hosts === undefined ? {} : { hosts: task.hosts }),
    answers: task.answer !== undefined,
  }
}
