import type { Override } from '../config/index.ts'
import type { RunRequest } from '../run/index.ts'
import { findParam, type Invocation, positionalOf, type TaskCall } from '../task/index.ts'

/** What is known of a request's secrets. */
export interface Known {
  /** Takes known secrets, and credentials of urls, out of a text. */
  readonly masked: (text: string) => string
  /** Whether a setting is a secret, by its full name. */
  readonly isSecret: (setting: string) => boolean
}

/** A request without its secrets, and what was left out, in words; nothing left out: it can be carried out again. */
export function withoutSecrets(
  request: RunRequest,
  invocations: readonly Invocation[],
  { masked, isSecret }: Known,
): { readonly request: RunRequest; readonly withheld: readonly string[] } {
  const withheld = new Set<string>()
  const hide = (text: string, what: string, always = false): string => {
    const shown = always ? '***' : masked(text)
    if (shown !== text) withheld.add(what)
    return shown
  }
  const call = (typed: TaskCall, at: number): TaskCall => {
    const params = invocations[at]?.task.params ?? {}
    const order = positionalOf(params)
    const value = (param: string | undefined, text: string) => {
      const isTyped = param !== undefined && params[param]?.type === 'secret'
      return hide(text, `${param ?? 'an argument'} of ${typed.task}`, isTyped)
    }
    return {
      task: typed.task,
      positional: typed.positional.map((text, position) => value(order[position] ?? order.at(-1), text)),
      named: Object.fromEntries(
        Object.entries(typed.named).map(([name, text]) => [name, value(findParam(params, name), text)]),
      ),
    }
  }
  const override = (given: Override): Override => {
    const { key, value, source } = given
    const what = withheldSetting(key)
    if (isSecret(key)) return { key, value: hide('', what, true), source }
    const walked = scrubbed(value, (text) => hide(text, what))
    return { key, value: walked, source }
  }
  const { command, calls, settings, ...rest } = request
  const told = {
    ...scrubbed(rest, (text) => hide(text, 'an option')),
    calls: calls.map(call),
    settings: settings.map(override),
    ...(command === undefined ? {} : { command: scrubbed(command, (text) => hide(text, 'the command')) }),
  }
  return { request: told, withheld: [...withheld] }
}

/** What is said of a setting whose value was left out. */
export const withheldSetting = (key: string): string => `the setting ${key}`

/** The same plain JSON with every text in it looked through. */
export function scrubbed<T>(value: T, masked: (text: string) => string): T {
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return masked(part)
    if (Array.isArray(part)) return part.map(walk)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]))
  }
  // It has the shape it had: only texts were replaced, by texts.
  return walk(value) as T
}
