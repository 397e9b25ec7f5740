import { didYouMean, nearest, printable, quote, Secret, UsageError } from '../shell/index.ts'
import { capacityOf, completeArgs, dashed, positionalOf, usageOf } from './complete.ts'

import type { ParamSpec, ParamSpecs } from './params.ts'
import type { Invocation, Task } from './task.ts'
import { type ParamValue, parseValue } from './value.ts'

/** One task of a request, as typed: plain JSON, nothing parsed yet. */
export interface TaskCall {
  readonly task: string
  readonly positional: readonly string[]
  readonly named: Readonly<Record<string, string>>
}

export interface BindOptions {
  readonly setting: (name: string) => unknown
  /** What paths are relative to. */
  readonly cwd: string
  readonly warn: (message: string) => void
}

/** A call with every argument parsed, checked and complete. What is wrong with it is a UsageError. */
export function bind(name: string, task: Task, call: TaskCall, options: BindOptions): Invocation {
  const typed = assign(name, task.params, call)
  const given: Record<string, ParamValue> = {}
  for (const [param, spec] of Object.entries(task.params)) {
    const text = typed.get(param)
    if (text === undefined) continue
    given[param] = parseValue(`${name}: ${param}`, spec, text, options.cwd)
    if (spec.type === 'secret') options.warn(typedSecret(name, param))
  }
  const { setting, cwd } = options
  const args = completeArgs({ task: name, params: task.params, given, setting, cwd })
  return { name, task, args, text: textOf(name, task.params, call) }
}

/** The parameter somebody means by a name: `-` and `_` are one; undefined where the task has no such parameter. */
export function findParam(params: ParamSpecs, typed: string): string | undefined {
  const wanted = typed.replaceAll('-', '_')
  const names = Object.keys(params)
  return (
    names.find((name) => name === typed || name === wanted) ??
    names.find((name) => params[name]?.alias === wanted)
  )
}

/**
 * Words of Fabric 1's form as a call: `key=value` is a named one only where `key` is a parameter; the first `=` splits.
 * A key that is nearly one is a slip, and refused: as a value it would silently be another parameter's.
 */
export function callOf(task: string, params: ParamSpecs, words: readonly string[]): TaskCall {
  const positional: string[] = []
  const named: Record<string, string> = {}
  for (const word of words) {
    const equals = word.indexOf('=')
    const key = equals === -1 ? undefined : word.slice(0, equals)
    const param = key === undefined ? undefined : findParam(params, key)
    if (key !== undefined && param === undefined && isSlip(params, key)) throw slip(task, params, key)
    if (param === undefined) positional.push(word)
    else addNamed(task, params, named, param, word.slice(equals + 1))
  }
  return { task, positional, named }
}

const isSlip = (params: ParamSpecs, key: string): boolean =>
  /^[a-z][\w-]+$/i.test(key) && nearest(key, Object.keys(params)) !== undefined

/** The way out for who means it: the value by the name of its parameter. */
function slip(task: string, params: ParamSpecs, key: string): UsageError {
  const { message, hint = '' } = unknownParam(task, params, key)
  return new UsageError(message, {
    hint: `${hint}\na value that looks so is given by name:  PARAMETER=VALUE`,
  })
}

/** Adds a named value: a list grows, everything else may be given once. */
export function addNamed(
  task: string,
  params: ParamSpecs,
  named: Record<string, string>,
  param: string,
  value: string,
): void {
  const before = Object.hasOwn(named, param) ? named[param] : undefined
  if (before !== undefined && params[param]?.type !== 'list')
    throw new UsageError(`${task}: ${param} is given twice`)
  named[param] = before === undefined ? value : `${before},${value}`
}

/** A call as one would type it, each word quoted for a shell, secrets as `***`. */
export function textOf(name: string, params: ParamSpecs, call: TaskCall): string {
  const order = positionalOf(params)
  const shown = (spec: ParamSpec | undefined, value: string) =>
    spec?.type === 'secret' ? '***' : quote(value)
  const positional = call.positional.map((word, at) => {
    const param = order[at] ?? order.at(-1) ?? ''
    return `${word.startsWith('-') ? `--${dashed(param)}=` : ''}${shown(params[param], word)}`
  })
  const named = Object.entries(call.named).map(([param, value]) => {
    const spec = params[param]
    if (spec?.type === 'boolean' && value === 'true') return `--${dashed(param)}`
    if (value.startsWith('-')) return `--${dashed(param)}=${shown(spec, value)}`
    return `--${dashed(param)} ${shown(spec, value)}`
  })
  return [name, ...positional, ...named].join(' ')
}

/** Which text belongs to which parameter. A list declared last takes every surplus positional word. */
function assign(task: string, params: ParamSpecs, call: TaskCall): ReadonlyMap<string, string> {
  const order = positionalOf(params)
  const typed = new Map<string, string>()
  call.positional.forEach((word, at) => {
    const last = order.at(-1)
    const param = order[at] ?? (last !== undefined && params[last]?.type === 'list' ? last : undefined)
    if (param === undefined) throw tooMany(task, params, call)
    const before = typed.get(param)
    typed.set(param, before === undefined ? word : `${before},${word}`)
  })
  for (const [key, value] of Object.entries(call.named)) {
    const param = findParam(params, key)
    if (param === undefined) throw unknownParam(task, params, key)
    if (typed.has(param)) throw new UsageError(`${task}: ${param} is given twice`)
    typed.set(param, value)
  }
  return typed
}

/** The error for a name that is no parameter of a task. */
export function unknownParam(task: string, params: ParamSpecs, typed: string): UsageError {
  const meant = didYouMean(typed, Object.keys(params))
  return new UsageError(`${task}: there is no parameter ${printable(typed)}`, {
    hint: [...(meant.hint === undefined ? [] : [meant.hint]), `usage: ${usageOf(task, params)}`].join('\n'),
  })
}

function tooMany(task: string, params: ParamSpecs, call: TaskCall): UsageError {
  const surplus = call.positional[positionalOf(params).length] ?? ''
  const got = `${call.positional.length}: ${printable(surplus)} is one too many`
  return new UsageError(`${capacityOf(task, params)}, and got ${got}`, {
    hint: `usage: ${usageOf(task, params)}`,
  })
}

const typedSecret = (task: string, param: string): string =>
  `${task}: ${param} is a secret, and was typed where every user of this machine can read it; it is masked from here on`

/** The secrets among arguments, to be masked wherever they turn up. */
export const secretsOf = (args: Readonly<Record<string, unknown>>): readonly Secret[] =>
  Object.values(args).filter((value) => value instanceof Secret)
