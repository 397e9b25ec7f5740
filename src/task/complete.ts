import { nearest, UsageError } from '../shell/index.ts'
import type { ParamSpec, ParamSpecs } from './params.ts'
import { checkValue } from './value.ts'

/** Arguments by parameter name; a parameter that was not given and has nothing to stand for it is undefined. */
export type Args = Readonly<Record<string, unknown>>

export interface Completion {
  /** How the task is called in messages; absent where nobody knows, as in a call from another task. */
  readonly task?: string
  readonly params: ParamSpecs
  readonly given: Args
  readonly setting: (name: string) => unknown
  /** What paths are relative to; the working directory unless given. */
  readonly cwd?: string
}

/**
 * Every parameter of a task: what was given, checked; else its setting, else its default. An explicit argument always
 * wins over settings. A required one that is missing is a UsageError that says how to supply it.
 */
export function completeArgs({ task, params, given, setting, cwd }: Completion): Args {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(params, name) && given[name] !== undefined)
  if (unknown !== undefined) throw new UsageError(`${prefix(task)}there is no parameter ${unknown}`)
  const args: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(params)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    args[name] = value === undefined ? undefined : checkValue(`${prefix(task)}${name}`, spec, value, cwd)
  }
  for (const [name, spec] of Object.entries(params)) {
    args[name] ??= fromSetting(name, spec, args, setting) ?? fromDefault(name, spec, cwd)
    if (args[name] === undefined && isRequired(spec)) throw missing(name, { task, params, setting, args })
  }
  return args
}

/** The settings that may stand for a parameter, as declared. */
export const settingsOf = ({ setting = [] }: ParamSpec): readonly string[] =>
  typeof setting === 'string' ? [setting] : setting

/** A declared setting with the values of parameters filled in; undefined while one of them is not known. */
function settingName(declared: string, args: Args): string | undefined {
  let known = true
  const name = declared.replace(/<(\w+)>/g, (_, param: string) => {
    const value = args[param]
    if (typeof value !== 'string' || value === '') known = false
    return String(value)
  })
  return known ? name : undefined
}

/** The parameter that names a project (`projects.<name>.…` stands in a setting); undefined where a task has none. */
export function projectParam(params: ParamSpecs): string | undefined {
  const named = Object.values(params)
    .flatMap(settingsOf)
    .map((setting) => /^projects\.<(\w+)>/.exec(setting)?.[1])
  return named.find((name) => name !== undefined)
}

/** What a parameter is when nobody says anything; a boolean is false. */
export function defaultOf(spec: ParamSpec): string | number | boolean | readonly string[] | undefined {
  const declared = 'default' in spec ? spec.default : undefined
  return declared ?? (spec.type === 'boolean' && spec.optional !== true ? false : undefined)
}

/** Whether a task cannot run without the parameter: a setting may still supply it. */
export const isRequired = (spec: ParamSpec): boolean =>
  spec.optional !== true && defaultOf(spec) === undefined

function fromSetting(name: string, spec: ParamSpec, args: Args, setting: (name: string) => unknown): unknown {
  for (const declared of settingsOf(spec)) {
    const key = settingName(declared, args)
    const value = key === undefined ? undefined : (setting(key) ?? undefined)
    if (value !== undefined) return checkValue(`setting ${key}, which stands for ${name},`, spec, value)
  }
  return undefined
}

function fromDefault(name: string, spec: ParamSpec, cwd: string | undefined): unknown {
  const value = defaultOf(spec)
  return value === undefined ? undefined : checkValue(`the default of ${name}`, spec, value, cwd)
}

function missing(
  name: string,
  {
    task,
    params,
    setting,
    args,
  }: Pick<Completion, 'params' | 'setting'> & { task: string | undefined; args: Args },
): UsageError {
  const spec = params[name]
  const ways = [
    ...meantProject(spec, setting, args),
    `give it as an argument: ${usageOf(task, params)}`,
    `by name: --${dashed(name)} ${name.toUpperCase()}`,
  ]
  const [declared] = spec === undefined ? [] : settingsOf(spec)
  const key = declared === undefined ? undefined : settingName(declared, args)
  // What was typed may be anything; only what could be a setting is shown as one.
  const shown = key !== undefined && /^[\w.+~-]+$/.test(key) ? key : declared
  if (shown !== undefined) ways.push(`or set ${shown}`)
  const summary = spec?.summary === undefined ? '' : ` (${spec.summary})`
  return new UsageError(`${prefix(task)}${name} is missing${summary}`, { hint: ways.join('\n') })
}

/** Of a value that a setting would supply for a project: the project that was probably meant, where there is no such one. */
function meantProject(
  spec: ParamSpec | undefined,
  setting: Completion['setting'],
  args: Args,
): readonly string[] {
  const param = spec === undefined ? undefined : projectParam({ spec })
  const typed = param === undefined ? undefined : args[param]
  if (typeof typed !== 'string') return []
  const names = Object.keys(setting('projects') ?? {})
  const meant = names.includes(typed) ? undefined : nearest(typed, names)
  return meant === undefined ? [] : [`did you mean the project ${meant}?`]
}

/** The parameters that a word without a name may be, in their order. */
export const positionalOf = (params: ParamSpecs): readonly string[] =>
  Object.keys(params).filter((name) => !params[name]?.named)

/** `gachette quick STACK PROJECT [REF]`: what to type; optional ones in brackets, flags by name. */
export function usageOf(task: string | undefined, params: ParamSpecs): string {
  const words = Object.entries(params).map(([name, spec]) => {
    if (spec.type === 'boolean') return `[--${dashed(name)}]`
    const word = `${spec.named ? `--${dashed(name)} ` : ''}${name.toUpperCase()}${spec.type === 'list' ? '…' : ''}`
    return isRequired(spec) && spec.setting === undefined ? word : `[${word}]`
  })
  return ['gachette', task ?? 'TASK', ...words].join(' ')
}

/** `build takes 2 arguments at most`. */
export function capacityOf(task: string, params: ParamSpecs): string {
  const most = positionalOf(params).length
  return `${task} takes ${most === 0 ? 'no arguments' : `${most} argument${most === 1 ? '' : 's'} at most`}`
}

/** A parameter's name as an option: `from-stack`. */
export const dashed = (name: string): string => name.replaceAll('_', '-')

const prefix = (task: string | undefined): string => (task === undefined ? '' : `${task}: `)
