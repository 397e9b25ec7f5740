import type { Kind } from './kinds.ts'

/** One setting as declared: this one declaration serves reading, defaults, types, `show_config`, the example file and the guide. */
export interface Setting<T, Default extends T | undefined = T | undefined> {
  readonly kind: Kind<T>
  /** One sentence for the user, without a full stop; says the unit. */
  readonly about: string
  /** Undefined: it is simply not set. */
  readonly default: Default
  /** What holds when it is not set, where that is not a fixed value. */
  readonly otherwise?: string
  /** YAML, as it may stand after `key: `. */
  readonly example: string
}

/** Declares one setting; the types of its value and of its default are inferred. */
export function setting<T, const Default extends T | undefined = undefined>(declared: {
  readonly kind: Kind<T>
  readonly about: string
  readonly default?: Default
  readonly otherwise?: string
  readonly example: string
}): Setting<T, Default> {
  return { ...declared, default: declared.default as Default }
}

/** Names of projects, roles, secrets, domains. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/
/** What `NAME` means, in words. */
export const NAME_IN_WORDS = 'letters, digits and . _ + ~ - (a letter or digit first, 128 at most)'
