import { TemplateError } from './error.ts'

/** A piece of a template. `text` of a string is its value; `mark` tokens are `{%`, `%}`, `{{`, `}}`. */
export interface Token {
  readonly kind: 'text' | 'mark' | 'name' | 'string' | 'int' | 'float' | 'operator' | 'end'
  readonly text: string
  readonly line: number
}

const OPENING = /\{([%{#])([-+]?)/g
const RAW = /([-+]?)\s*raw\s*(?:-%\}\s*|%\})/y
const END_RAW = /\{%([-+]?)\s*endraw\s*(-%\}\s*|%\})/g
const END_COMMENT = /(-#\}\s*|#\})/g
const SPACE = /\s+/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y
const INT = /(?:\d+_)*\d+/y
const STRING = /'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y
const WORDS = [
  ['name', NAME, (word: string) => word],
  ['float', FLOAT, (word: string) => word.replaceAll('_', '')],
  ['int', INT, (word: string) => word.replaceAll('_', '')],
  ['string', STRING, (word: string) => readEscapes(word.slice(1, -1))],
] as const
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y
const CLOSING = { '{': '}', '[': ']', '(': ')' } as const

/** The tokens of a template as Jinja2 2.11 cuts it (no trim_blocks, no lstrip_blocks, the last newline kept). */
export function tokenize(source: string, name: string): readonly Token[] {
  return new Lexer(source.replace(/\r\n?/g, '\n'), name).tokens()
}

class Lexer {
  readonly #source: string
  readonly #name: string
  readonly #tokens: Token[] = []
  #at = 0
  #line = 1
  #counted = 0

  constructor(source: string, name: string) {
    this.#source = source
    this.#name = name
  }

  tokens(): readonly Token[] {
    while (this.#at < this.#source.length) this.#text()
    this.#push('end', '')
    return this.#tokens
  }

  /** Text up to the next opening mark, and what the mark opens. */
  #text(): void {
    OPENING.lastIndex = this.#at
    const open = OPENING.exec(this.#source)
    const text = this.#source.slice(this.#at, open?.index ?? this.#source.length)
    const kept = open?.[2] === '-' ? text.trimEnd() : text
    if (kept !== '') this.#push('text', kept)
    this.#at = open ? open.index + open[0].length : this.#source.length
    if (!open) return
    if (open[1] === '#') this.#skip(END_COMMENT, 'comment')
    else if (open[1] !== '%' || !this.#raw(open.index)) this.#marked(open[1] ?? '{')
  }

  #marked(opening: string): void {
    this.#push('mark', `{${opening}`)
    this.#code(opening === '%' ? '%' : '}')
  }

  #skip(end: RegExp, what: string): void {
    end.lastIndex = this.#at
    const found = end.exec(this.#source)
    if (!found) throw this.#error(`a ${what} that does not end`)
    else this.#at = found.index + found[0].length
  }

  #raw(start: number): boolean {
    RAW.lastIndex = start + 2
    const open = RAW.exec(this.#source)
    if (!open) return false
    END_RAW.lastIndex = RAW.lastIndex
    const close = END_RAW.exec(this.#source)
    if (!close) throw this.#error('a raw block that does not end')
    const text = this.#source.slice(RAW.lastIndex, close.index)
    this.#at = RAW.lastIndex
    const kept = close[1] === '-' ? text.trimEnd() : text
    if (kept !== '') this.#push('text', kept)
    this.#at = END_RAW.lastIndex
    return true
  }

  /** Tokens up to the closing mark; inside brackets `}}` is two brackets. */
  #code(mark: '%' | '}'): void {
    const open: string[] = []
    const end = mark === '%' ? /-%\}\s*|\+?%\}/y : /-\}\}\s*|\}\}/y
    for (;;) {
      this.#match(SPACE)
      if (this.#at >= this.#source.length) throw this.#error(`{${mark === '%' ? '%' : '{'} that does not end`)
      if (open.length === 0 && this.#match(end) !== undefined) break
      this.#token(open)
    }
    this.#push('mark', `${mark}}`)
  }

  #token(open: string[]): void {
    const start = this.#at
    for (const [kind, pattern, read] of WORDS) {
      const word = this.#match(pattern)
      if (word === undefined) continue
      this.#push(kind, read(word), start)
      return
    }
    const operator = this.#match(OPERATOR)
    if (operator === undefined)
      throw this.#error(`unexpected character ${JSON.stringify(this.#source[this.#at])}`)
    if (operator === '{' || operator === '[' || operator === '(') open.push(CLOSING[operator])
    else if (/[\])}]/.test(operator) && open.pop() !== operator) throw this.#error(`unexpected ${operator}`)
    this.#push('operator', operator, start)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#source)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #push(kind: Token['kind'], text: string, start = this.#at): void {
    this.#tokens.push({ kind, text, line: this.#lineAt(start) })
  }

  #lineAt(offset: number): number {
    for (; this.#counted < Math.min(offset, this.#source.length); this.#counted++)
      if (this.#source[this.#counted] === '\n') this.#line++
    return this.#line
  }

  #error(message: string): TemplateError {
    return new TemplateError(message, this.#name, this.#lineAt(this.#at))
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
}

/** Python's backslash escapes; one it does not know stays as it is written. */
const readEscapes = (text: string): string =>
  text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (all, x?: string, u?: string, long?: string, octal?: string, one?: string) => {
      const hex = x ?? u ?? long
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      if (one === undefined) return all
      return ESCAPES[one] ?? (/[\\'"]/.test(one) ? one : all)
    },
  )
