import type { Task } from './task.ts'

const names = new WeakMap<object, string>()

/** Remembers what a task is called: it is exported by that name, and does not know it itself. */
export const nameTask = (task: object, name: string): void => void names.set(task, name)

/** What a task is called; its summary, where it was never loaded by a name. */
export const nameOfTask = (task: Pick<Task, 'summary'>): string => names.get(task) ?? task.summary
