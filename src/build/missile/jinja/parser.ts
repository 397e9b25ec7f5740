import { parseExpression, parseFilters, parseOver, parseTuple } from './expressions.ts'
import { tokenize } from './lexer.ts'
import type { Body, Expression, ForStatement, Parameters, Statement, Target, Template } from './nodes.ts'
import { Tokens } from './tokens.ts'

/** Parses the text of a template; `name` stands in its errors. */
export function parseTemplate(source: string, name: string): Template {
  const parser = new Parser(new Tokens(tokenize(source, name), name))
  const body = parser.body([])
  return { name, body, blocks: parser.blocks }
}

class Parser {
  readonly blocks = new Map<string, Extract<Statement, { kind: 'block' }>>()
  readonly #tokens: Tokens
  readonly #tags: Readonly<Record<string, (line: number) => Statement>> = {
    if: (line) => this.#if(line),
    for: (line) => this.#for(line),
    set: (line) => this.#set(line),
    block: (line) => this.#block(line),
    extends: (line) => ({ line, kind: 'extends', template: parseExpression(this.#tokens) }),
    include: (line) => this.#include(line),
    import: (line) => this.#import(line),
    from: (line) => this.#from(line),
    macro: (line) => this.#macro(line),
    call: (line) => this.#call(line),
    filter: (line) => ({
      line,
      kind: 'filter',
      filters: parseFilters(this.#tokens),
      body: this.#until('endfilter'),
    }),
    with: (line) => this.#with(line),
    print: (line) => ({ line, kind: 'print', value: parseTuple(this.#tokens) }),
    autoescape: (line) => {
      parseExpression(this.#tokens)
      return { line, kind: 'with', values: [], body: this.#until('endautoescape') }
    },
  }

  constructor(tokens: Tokens) {
    this.#tokens = tokens
  }

  /** Statements up to a tag of `ends`, whose name is the current token then; without `ends`, up to the end. */
  body(ends: readonly string[]): Body {
    const tokens = this.#tokens
    const statements: Statement[] = []
    for (;;) {
      const { line } = tokens.current
      if (tokens.is('end')) {
        if (ends.length > 0) tokens.fail(`the template ends where ${ends.join(' or ')} was expected`)
        return statements
      }
      if (tokens.is('text')) statements.push({ line, kind: 'text', text: tokens.next().text })
      else if (tokens.next().text === '{{') {
        statements.push({ line, kind: 'print', value: parseTuple(tokens) })
        tokens.expect('mark', '}}')
      } else {
        if (tokens.isName(...ends)) return statements
        const tag = tokens.expect('name').text
        const parse = Object.hasOwn(this.#tags, tag) ? this.#tags[tag] : undefined
        if (!parse) return tokens.fail(`unknown tag ${tag}`)
        statements.push(parse(line))
        tokens.expect('mark', '%}')
      }
    }
  }

  /** The end of this tag, and the statements up to the tag `end`, which is left before its `%}`. */
  #until(end: string): Body {
    this.#tokens.expect('mark', '%}')
    const body = this.body([end])
    this.#tokens.next()
    return body
  }

  #if(line: number): Statement {
    const tokens = this.#tokens
    const branches: { test: Expression; body: Body }[] = []
    for (;;) {
      const test = parseTuple(tokens, parseExpression)
      tokens.expect('mark', '%}')
      branches.push({ test, body: this.body(['elif', 'else', 'endif']) })
      const end = tokens.next().text
      if (end === 'elif') continue
      return { line, kind: 'if', branches, otherwise: end === 'else' ? this.#until('endif') : [] }
    }
  }

  #for(line: number): ForStatement {
    const tokens = this.#tokens
    const target = this.#target()
    tokens.expect('name', 'in')
    const over = parseOver(tokens)
    const test = tokens.skipName('if') ? parseExpression(tokens) : undefined
    const isRecursive = tokens.skipName('recursive')
    tokens.expect('mark', '%}')
    const body = this.body(['else', 'endfor'])
    const otherwise = tokens.next().text === 'else' ? this.#until('endfor') : []
    return { line, kind: 'for', target, over, test, isRecursive, body, otherwise }
  }

  #target(): Target {
    const tokens = this.#tokens
    const targets: Target[] = []
    let isTuple = false
    const inParentheses = tokens.skipOperator('(')
    do {
      if (tokens.isOperator('(')) targets.push(this.#target())
      else if (tokens.is('name') && !tokens.isName('in')) targets.push(this.#nameTarget())
      else break
      isTuple ||= tokens.isOperator(',')
    } while (tokens.skipOperator(','))
    if (inParentheses) tokens.expect('operator', ')')
    const [only] = targets
    if (!only) return tokens.fail('expected a name')
    return isTuple ? { kind: 'names', targets } : only
  }

  #nameTarget(): Target {
    const name = this.#tokens.expect('name').text
    if (!this.#tokens.skipOperator('.')) return { kind: 'name', name }
    return { kind: 'attribute', of: name, name: this.#tokens.expect('name').text }
  }

  #set(line: number): Statement {
    const tokens = this.#tokens
    const target = this.#target()
    if (tokens.skipOperator('=')) return { line, kind: 'set', target, value: parseTuple(tokens) }
    const filters = tokens.skipOperator('|') ? parseFilters(tokens) : []
    return { line, kind: 'set-block', target, filters, body: this.#until('endset') }
  }

  #block(line: number): Statement {
    const tokens = this.#tokens
    const name = tokens.expect('name').text
    if (this.blocks.has(name)) tokens.fail(`block ${name} was there already`)
    const isScoped = tokens.skipName('scoped')
    const body = this.#until('endblock')
    tokens.skipName(name)
    const block = { line, kind: 'block', name, isScoped, body } as const
    this.blocks.set(name, block)
    return block
  }

  #include(line: number): Statement {
    const tokens = this.#tokens
    const template = parseExpression(tokens)
    const ignoreMissing = tokens.isName('ignore')
    if (tokens.skipName('ignore')) tokens.expect('name', 'missing')
    return { line, kind: 'include', template, ignoreMissing, withContext: this.#withContext(true) }
  }

  #import(line: number): Statement {
    const tokens = this.#tokens
    const template = parseExpression(tokens)
    tokens.expect('name', 'as')
    const as = tokens.expect('name').text
    return { line, kind: 'import', template, as, withContext: this.#withContext(false) }
  }

  #from(line: number): Statement {
    const tokens = this.#tokens
    const template = parseExpression(tokens)
    tokens.expect('name', 'import')
    const names: (readonly [string, string])[] = []
    while (tokens.is('name') && !(tokens.isName('with', 'without') && tokens.following.text === 'context')) {
      const name = tokens.next().text
      names.push([name, tokens.skipName('as') ? tokens.expect('name').text : name])
      if (!tokens.skipOperator(',')) break
    }
    return { line, kind: 'from', template, names, withContext: this.#withContext(false) }
  }

  #withContext(usual: boolean): boolean {
    const tokens = this.#tokens
    if (!tokens.isName('with', 'without') || tokens.following.text !== 'context') return usual
    const answer = tokens.next().text === 'with'
    tokens.next()
    return answer
  }

  #macro(line: number): Statement {
    const name = this.#tokens.expect('name').text
    return { line, kind: 'macro', name, parameters: this.#parameters(), body: this.#until('endmacro') }
  }

  #call(line: number): Statement {
    const tokens = this.#tokens
    const parameters = tokens.isOperator('(') ? this.#parameters() : { names: [], defaults: new Map() }
    const call = parseExpression(tokens)
    if (call.kind !== 'call') return tokens.fail('expected a call')
    return { line, kind: 'call', call, parameters, body: this.#until('endcall') }
  }

  #parameters(): Parameters {
    const tokens = this.#tokens
    const names: string[] = []
    const defaults = new Map<string, Expression>()
    tokens.expect('operator', '(')
    while (!tokens.isOperator(')')) {
      const name = tokens.expect('name').text
      names.push(name)
      if (tokens.skipOperator('=')) defaults.set(name, parseExpression(tokens))
      else if (defaults.size > 0) tokens.fail(`${name} needs a default, since one before it has one`)
      if (!tokens.isOperator(')')) tokens.expect('operator', ',')
    }
    tokens.next()
    return { names, defaults }
  }

  #with(line: number): Statement {
    const tokens = this.#tokens
    const values: (readonly [Target, Expression])[] = []
    while (!tokens.is('mark')) {
      if (values.length > 0) tokens.expect('operator', ',')
      const target: Target = { kind: 'name', name: tokens.expect('name').text }
      tokens.expect('operator', '=')
      values.push([target, parseExpression(tokens)])
    }
    return { line, kind: 'with', values, body: this.#until('endwith') }
  }
}
