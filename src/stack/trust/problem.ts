/** One thing that is not as it must be. */
export interface Problem {
  /** Below META. */
  readonly file: string
  /** What is wrong with it: a clause whose subject is the file. */
  readonly what: string
  /** The line to type, or what to do. */
  readonly hint?: string
  /** The stacks it concerns. */
  readonly stacks?: readonly string[]
  /** The package it concerns, and its file in the pool. */
  readonly package?: string
  readonly deb?: string
}
