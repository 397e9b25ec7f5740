import { findSecrets, Secret, UsageError } from '../shell/index.ts'
import { completeArgs, settingsOf } from './complete.ts'
import type { ArgsOf, InputOf, ParamSpec, ParamSpecs } from './params.ts'
import type { Task, TaskContext } from './task.ts'

/** What `defineTask` is given. */
export interface TaskDefinition<P extends ParamSpecs, Result> {
  /** One line for listings. */
  readonly summary: string
  /** Positional in this order, and by name. */
  readonly params?: P
  /** Host strings or `@role`s for runs that name none; `'none'` for a task that concerns no machine. */
  readonly hosts?: readonly string[] | 'none'
  /** The body runs once, on this machine, and turns to the hosts of the run itself: `context.hosts`, `context.on`. */
  readonly conducts?: true
  /** What the task does on one host. What it returns is the result of the step; what it throws fails the step. */
  run(context: TaskContext, args: ArgsOf<P>): Promise<Result> | Result
  /**
   * For a task that only answers: the text of its result for people; with `--json` the result is the document. Stands
   * after `run`, from which its type is inferred.
   */
  readonly answer?: (result: Result) => string
}

/**
 * A task, from what it is called, what it takes and what it does. The types of its arguments follow from `params`.
 * The name is the one it is exported by. Throws a UsageError for a declaration that makes no sense.
 */
export function defineTask<const P extends ParamSpecs = Record<never, never>, Result = unknown>(
  definition: TaskDefinition<P, Result>,
): Task<InputOf<P>, Awaited<Result>> {
  const { summary, params, hosts, conducts, answer } = definition
  checkDefinition({ summary, hosts, conducts, run: definition.run })
  const specs: ParamSpecs = params ?? {}
  for (const [name, spec] of Object.entries(specs)) checkDeclared(name, spec, specs)
  const call = async (context: TaskContext, given: InputOf<P>): Promise<Awaited<Result>> => {
    // The one place where the declaration becomes the type: completeArgs made exactly what `params` promises.
    const args = completeArgs({ params: specs, given: { ...given }, setting: context.setting }) as ArgsOf<P>
    return await definition.run(context.inside?.(task) ?? context, await withSecrets(args, context))
  }
  const task = Object.freeze(
    Object.assign(call, {
      kind: 'task' as const,
      summary,
      params: specs,
      ...(hosts === undefined ? {} : { hosts }),
      ...(conducts === undefined ? {} : { conducts }),
      ...(answer === undefined ? {} : { answer: answer as (result: Awaited<Result>) => string }),
    }),
  )
  return task
}

/** What is kept elsewhere is fetched before the task runs. In a dry run nobody is asked: any value will do. */
async function withSecrets<Args extends object>(args: Args, { dryRun }: TaskContext): Promise<Args> {
  if (!Object.values(args).some(isUnknown)) return args
  if (!dryRun) {
    await findSecrets(Object.values(args).filter(isUnknown))
    return args
  }
  const assumed = Object.entries(args).map(([name, value]) => [
    name,
    isUnknown(value) ? new Secret('assumed') : value,
  ])
  return Object.fromEntries(assumed) as Args
}

const isUnknown = (value: unknown): value is Secret => value instanceof Secret && !value.isKnown

/** Whether something a file exports is a task. */
export const isTask = (exported: unknown): exported is Task =>
  typeof exported === 'function' && 'kind' in exported && exported.kind === 'task' && 'params' in exported

/** Task files in JavaScript have no types to say so. */
function checkDefinition({
  summary,
  run,
  hosts,
  conducts,
}: Readonly<Record<'summary' | 'run' | 'hosts' | 'conducts', unknown>>): void {
  if (typeof summary !== 'string') throw new UsageError('defineTask: summary must be one line of text')
  if (typeof run !== 'function') throw new UsageError('defineTask: run must be a function')
  if (hosts !== undefined && hosts !== 'none' && !Array.isArray(hosts))
    throw new UsageError("defineTask: hosts must be a list, such as ['@web'], or 'none'")
  if (conducts !== undefined && conducts !== true)
    throw new UsageError('defineTask: conducts is true, or left out')
  if (conducts && hosts === 'none')
    throw new UsageError("defineTask: a task that conducts hosts cannot have hosts: 'none'")
}

const TYPES = ['string', 'number', 'boolean', 'choice', 'list', 'file', 'secret']

function checkDeclared(name: string, spec: ParamSpec, all: ParamSpecs): void {
  const wrong = (what: string) => new UsageError(`parameter ${name}: ${what}`)
  if (!/^[a-z]\w*$/i.test(name)) throw wrong('its name must be letters, digits and _, a letter first')
  if (!TYPES.includes(spec.type))
    throw wrong(`there is no type ${String(spec.type)}, only ${TYPES.join(', ')}`)
  if (spec.type === 'choice' && !(Array.isArray(spec.choices) && spec.choices.length > 0))
    throw wrong('a choice needs its choices')
  if (spec.type === 'choice' && spec.default !== undefined && !spec.choices.includes(spec.default))
    throw wrong(`its default ${spec.default} is none of its choices`)
  for (const [, other = ''] of settingsOf(spec)
    .join(' ')
    .matchAll(/<(\w+)>/g))
    if (!Object.hasOwn(all, other))
      throw wrong(`its setting names the parameter ${other}, which is not declared`)
  const folded = Object.keys(all).filter((each) => each.toLowerCase() === name.toLowerCase())
  if (folded.length > 1) throw wrong(`${folded.join(' and ')} differ in case only`)
}
