import type { Invocation, Task, TaskContext } from '../../src/task/task.ts'

/** An invocation of a task with the given body, which takes no arguments. */
export function invocation(name: string, body: (context: TaskContext) => Promise<unknown>): Invocation {
  const task: Task = Object.assign(body, { kind: 'task' as const, summary: '', params: {} })
  return { name, task, args: {}, text: name }
}
