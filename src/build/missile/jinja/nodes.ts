import type { Value } from '../python/index.ts'

/** An expression of a template, as parsed. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list' | 'tuple' | 'concat'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'slice'; readonly of: Expression; readonly bounds: readonly (Expression | undefined)[] }
  | ({ readonly kind: 'call'; readonly of: Expression } & Arguments)
  | ({ readonly kind: 'filter'; readonly of: Expression; readonly name: string } & Arguments)
  | ({ readonly kind: 'test'; readonly of: Expression; readonly name: string } & Arguments)
  | { readonly kind: 'not' | 'negative' | 'positive'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'arithmetic'
      readonly operator: Operator
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'compare'
      readonly first: Expression
      readonly rest: readonly (readonly [Comparison, Expression])[]
    }
  | {
      readonly kind: 'if'
      readonly test: Expression
      readonly value: Expression
      readonly otherwise: Expression | undefined
    }

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**'
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'

/** What stands between the parentheses of a call. */
export interface Arguments {
  readonly args: readonly Expression[]
  readonly named: readonly (readonly [string, Expression])[]
  /** `*items` and `**mapping`. */
  readonly spread?: Expression | undefined
  readonly spreadNamed?: Expression | undefined
}

/** What a `for` or `set` gives a value to: a name, several, or an attribute of a namespace. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'names'; readonly targets: readonly Target[] }
  | { readonly kind: 'attribute'; readonly of: string; readonly name: string }

/** A macro's (or a call block's) parameters, with the defaults of the last ones. */
export interface Parameters {
  readonly names: readonly string[]
  readonly defaults: ReadonlyMap<string, Expression>
}

/** A statement of a template and the line it begins on. */
export type Statement = { readonly line: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expression }
  | {
      readonly kind: 'if'
      readonly branches: readonly { readonly test: Expression; readonly body: Body }[]
      readonly otherwise: Body
    }
  | ForStatement
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: 'set-block'
      readonly target: Target
      readonly filters: readonly Filtering[]
      readonly body: Body
    }
  | { readonly kind: 'block'; readonly name: string; readonly isScoped: boolean; readonly body: Body }
  | { readonly kind: 'extends'; readonly template: Expression }
  | {
      readonly kind: 'include'
      readonly template: Expression
      readonly ignoreMissing: boolean
      readonly withContext: boolean
    }
  | {
      readonly kind: 'import'
      readonly template: Expression
      readonly as: string
      readonly withContext: boolean
    }
  | {
      readonly kind: 'from'
      readonly template: Expression
      readonly names: readonly (readonly [string, string])[]
      readonly withContext: boolean
    }
  | MacroStatement
  | {
      readonly kind: 'call'
      readonly call: Expression & { kind: 'call' }
      readonly parameters: Parameters
      readonly body: Body
    }
  | { readonly kind: 'filter'; readonly filters: readonly Filtering[]; readonly body: Body }
  | {
      readonly kind: 'with'
      readonly values: readonly (readonly [Target, Expression])[]
      readonly body: Body
    }
)

export type Body = readonly Statement[]

export interface ForStatement {
  readonly line: number
  readonly kind: 'for'
  readonly target: Target
  readonly over: Expression
  readonly test: Expression | undefined
  readonly isRecursive: boolean
  readonly body: Body
  readonly otherwise: Body
}

export interface MacroStatement {
  readonly line: number
  readonly kind: 'macro'
  readonly name: string
  readonly parameters: Parameters
  readonly body: Body
}

/** One link of a filter chain without its value, as in `{% filter upper|trim %}`. */
export type Filtering = { readonly name: string } & Arguments

/** A parsed template: its statements, and its blocks wherever they stand. */
export interface Template {
  readonly name: string
  readonly body: Body
  readonly blocks: ReadonlyMap<string, Extract<Statement, { kind: 'block' }>>
}
