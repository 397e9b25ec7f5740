import type { Remote } from './context.ts'

/** What a task's body is given: the host, and the settings as the user sees them (dotted lookup by the setting's name). */
export interface TaskContext extends Remote {
  /** A setting by its dotted name, such as `projects.shop.url`; undefined where it is not set and has no default. */
  readonly setting: (name: string) => unknown
}

export type ParamType = 'string' | 'number' | 'boolean' | 'choice' | 'list' | 'file' | 'secret'

/** One parameter as declared; positional in the order of declaration, and by name. */
export interface ParamSpec {
  readonly type: ParamType
  readonly summary?: string
  readonly optional?: boolean
  readonly default?: unknown
  /** Setting that supplies the value when none is given; `<name>` stands for the value of the parameter `name`. */
  readonly setting?: string
  /** The words a `choice` may be. */
  readonly choices?: readonly string[]
}

export type ParamSpecs = Readonly<Record<string, ParamSpec>>

/** A task: callable by other tasks with typed arguments, and described well enough to list, check and complete. */
export interface Task<Args = never, Result = unknown> {
  (context: TaskContext, args: Args): Promise<Result>
  readonly kind: 'task'
  readonly summary: string
  readonly params: ParamSpecs
  /** Host strings or `@role`s this task runs on when the run names none. */
  readonly hosts?: readonly string[]
}

/** A task with its arguments, checked and typed: one step of a run. */
export interface Invocation {
  readonly name: string
  readonly task: Task
  readonly args: Readonly<Record<string, unknown>>
  /** As one would type it, secrets masked. */
  readonly text: string
}
