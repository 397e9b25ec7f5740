import type { Origin } from '../config/merge.ts'
import type { Host } from '../inventory/host.ts'
import type { HostShare } from '../inventory/host-share.ts'
import type { Remote } from './context.ts'
import type { ParamSpecs } from './params.ts'

export type { AnyParam, ParamSpec, ParamSpecs, ParamType } from './params.ts'

/** What a task's body is given: the host, and the settings as the user sees them (dotted lookup by the setting's name). */
export interface TaskContext extends Remote {
  readonly host: TaskHost
  readonly setting: SettingLookup
  /**
   * Does `work` once per run and host: a run that is taken up again (`attach`, `--resume`) is given what it answered
   * then. The answer must be plain JSON that holds no secret; it is written down in the journal.
   */
  readonly once: <T>(name: string, work: () => Promise<T>) => Promise<T>
  /**
   * Another host, for commands, files and whole tasks of this step: `await restart(on('db1'), {})`. A host string, or a
   * Host. It is connected when it is first needed, once for the whole run. What fails there fails this step.
   */
  readonly on: (other: string | Host) => TaskContext
  /** The hosts that a task conducts; of any other task its own host alone. */
  readonly hosts: readonly TaskHost[]
  /** The same as --canary and --batch divide them: one group is to be done before the next is begun. */
  readonly groups: readonly HostGroup[]
  /** When more of them than that have failed, nothing new is to be begun; undefined where nobody has said (--max-fail). */
  readonly maxFail: HostShare | undefined
  /**
   * Says what became of a host that the task conducts: `on(host).conclude({ is: 'done', text: 'at 1.4.0' })`. It is shown,
   * and counted at the end; hosts of which nothing is said are not.
   */
  readonly conclude: (conclusion: {
    readonly is: 'done' | 'failed' | 'skipped'
    readonly text: string
  }) => void
  /** This machine, as a host; in a dry run nothing happens here either. */
  readonly local: TaskContext
  /**
   * Hears from each task that begins, and answers the context it goes on with: what a task does that another one called
   * is told under its name. Absent where nobody listens.
   */
  readonly inside?: (task: Pick<Task, 'summary'>) => TaskContext
}

/** Hosts that are worked on together; the rest is to follow a canary only if all went well there. */
export interface HostGroup {
  readonly hosts: readonly TaskHost[]
  readonly isCanary: boolean
}

/** The host of a task, which may turn to another one as `on` does: `host.on('db1')`. That is no part of its data. */
export type TaskHost = Host & {
  /** Another host, for commands, files and whole tasks of this step: see `TaskContext.on`. */
  on(other: string | Host): TaskContext
}

/**
 * A setting by its dotted name, such as `projects.shop.url`; undefined where it is not set and has no default. Throws a
 * UsageError for a name no setting has.
 */
export interface SettingLookup {
  (name: string): unknown
  /** Every setting with the place it came from, secrets masked; absent where settings come from no files. */
  readonly all?: () => readonly Origin[]
  /** The settings file that was named in the call (`-c`), as typed. */
  readonly configFile?: string | undefined
  /** The hosts of a selection such as `@web,!web07`, or those the run would take; absent where nobody chooses hosts. */
  readonly hosts?: (selection?: readonly string[]) => Promise<readonly Host[]>
}

/** A task: callable by other tasks with typed arguments, and described well enough to list, check and complete. */
export interface Task<Args = never, Result = unknown> {
  /** Runs the body; arguments are checked, and defaults and settings applied, whoever calls. */
  (context: TaskContext, args: Args): Promise<Result>
  readonly kind: 'task'
  readonly summary: string
  readonly params: ParamSpecs
  /**
   * Host strings or `@role`s this task runs on when the run names none. `'none'`: it concerns no machine, and runs
   * once, here, whatever the hosts of the run.
   */
  readonly hosts?: readonly string[] | 'none'
  /** Its body runs once, here, and turns to the hosts of the run itself. They must be named: by the call, or by `hosts`. */
  readonly conducts?: true
  /**
   * A task that only answers: the text of its result for people. Its result is what is printed on stdout, and with
   * `--json` the result is printed as one JSON document instead of events.
   */
  answer?(result: Result): string
}

/** A task with its arguments, checked and typed: one step of a run. */
export interface Invocation {
  readonly name: string
  readonly task: Task
  readonly args: Readonly<Record<string, unknown>>
  /** As one would type it, secrets masked. */
  readonly text: string
}
