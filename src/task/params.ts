import type { Secret } from '../shell/index.ts'

/** What every parameter may say of itself, whatever its type. */
export interface AnyParam {
  readonly summary?: string
  readonly optional?: boolean
  /**
   * Setting that supplies the value when none is given; of several, the first that is set. `<name>` stands for the
   * value of the parameter `name`: `['projects.<name>.builder', 'builder']`.
   */
  readonly setting?: string | readonly string[]
  /** Given by name only: it takes no place among the positional ones. */
  readonly named?: boolean
  /** A shorter name that may be given as well: `from` for `from_stack`. */
  readonly alias?: string
  /** What its values name, for completion; of a project its setting tells. */
  readonly completes?: 'stack' | 'package' | 'host' | 'run'
}

/** One parameter as declared: required unless it is optional or has a default. A boolean without either is false. */
export type ParamSpec =
  | (AnyParam & { readonly type: 'string'; readonly default?: string })
  | (AnyParam & { readonly type: 'number'; readonly default?: number })
  | (AnyParam & { readonly type: 'boolean'; readonly default?: boolean })
  | (AnyParam & { readonly type: 'choice'; readonly choices: readonly string[]; readonly default?: string })
  | (AnyParam & { readonly type: 'list'; readonly default?: readonly string[] })
  /** A path on this machine: relative to the working directory when typed, absolute when the task sees it. */
  | (AnyParam & { readonly type: 'file'; readonly default?: string })
  | (AnyParam & { readonly type: 'secret' })

/** The word for what a parameter takes; docs/tasks.md says what a task sees of each. */
export type ParamType = ParamSpec['type']

/** Parameters by name, in the order in which they are positional. */
export type ParamSpecs = Readonly<Record<string, ParamSpec>>

/** What a task's body is given: every declared parameter, checked, defaults and settings applied. */
export type ArgsOf<P extends ParamSpecs> = {
  readonly [Name in keyof P]: P[Name] extends { readonly optional: true }
    ? P[Name] extends { readonly default: unknown }
      ? ValueOf<P[Name]>
      : ValueOf<P[Name]> | undefined
    : ValueOf<P[Name]>
}

/** What a caller of a task gives: what has a default, a setting or is optional may be left out. */
export type InputOf<P extends ParamSpecs> = Flat<
  { readonly [Name in keyof P as IsRequired<P[Name]> extends true ? Name : never]: InputValueOf<P[Name]> } & {
    readonly [Name in keyof P as IsRequired<P[Name]> extends true ? never : Name]?:
      | InputValueOf<P[Name]>
      | undefined
  }
>

type ValueOf<S extends ParamSpec> = S extends { readonly type: 'number' }
  ? number
  : S extends { readonly type: 'boolean' }
    ? boolean
    : S extends { readonly type: 'choice'; readonly choices: readonly (infer Choice)[] }
      ? Choice
      : S extends { readonly type: 'list' }
        ? readonly string[]
        : S extends { readonly type: 'secret' }
          ? Secret
          : string

type InputValueOf<S extends ParamSpec> = S extends { readonly type: 'secret' } ? Secret | string : ValueOf<S>

type IsRequired<S extends ParamSpec> = S extends
  | { readonly optional: true }
  | { readonly default: unknown }
  | { readonly setting: string | readonly string[] }
  | { readonly type: 'boolean' }
  ? false
  : true

type Flat<T> = { [Name in keyof T]: T[Name] }
