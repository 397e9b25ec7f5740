import { TemplateError } from './error.ts'
import type { Token } from './lexer.ts'

/** A walk through the tokens of one template. */
export class Tokens {
  readonly name: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[], name: string) {
    this.#tokens = tokens
    this.name = name
  }

  get current(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', line: 0 }
  }

  get following(): Token {
    return this.#tokens[this.#at + 1] ?? this.current
  }

  next(): Token {
    const token = this.current
    this.#at++
    return token
  }

  is(kind: Token['kind'], text?: string): boolean {
    return this.current.kind === kind && (text === undefined || this.current.text === text)
  }

  isName(...texts: readonly string[]): boolean {
    return this.current.kind === 'name' && texts.includes(this.current.text)
  }

  isOperator(...texts: readonly string[]): boolean {
    return this.current.kind === 'operator' && texts.includes(this.current.text)
  }

  skipName(text: string): boolean {
    const found = this.isName(text)
    if (found) this.#at++
    return found
  }

  skipOperator(text: string): boolean {
    const found = this.isOperator(text)
    if (found) this.#at++
    return found
  }

  expect(kind: Token['kind'], text?: string): Token {
    if (this.is(kind, text)) return this.next()
    return this.fail(`expected ${text ?? kind}, not ${this.current.text || 'the end'}`)
  }

  fail(message: string): never {
    throw new TemplateError(message, this.name, this.current.line)
  }
}
