import { Float, int } from '../python/index.ts'
import { parseArguments } from './arguments.ts'
import type { Arguments, Comparison, Expression, Filtering, Operator } from './nodes.ts'
import type { Tokens } from './tokens.ts'

/** An expression, as Jinja2 2.11's grammar has it (an inline `if` binds weakest). */
export function parseExpression(tokens: Tokens): Expression {
  let expression = parseOr(tokens)
  while (tokens.skipName('if')) {
    const test = parseOr(tokens)
    const otherwise = tokens.skipName('else') ? parseExpression(tokens) : undefined
    expression = { kind: 'if', test, value: expression, otherwise }
  }
  return expression
}

/** Expressions separated by commas: one is itself, several (or one with a comma after it) are a tuple. */
export function parseTuple(
  tokens: Tokens,
  one: (tokens: Tokens) => Expression = parseExpression,
): Expression {
  const items: Expression[] = []
  let isTuple = false
  while (!endsTuple(tokens)) {
    items.push(one(tokens))
    if (!tokens.skipOperator(',')) break
    isTuple = true
  }
  const [only] = items
  if (!isTuple && only) return only
  if (items.length === 0 && !tokens.isOperator(')')) tokens.fail('expected an expression')
  return { kind: 'tuple', items }
}

/** What a `for` loops over: no inline `if`, since `if` filters the loop. */
export const parseOver = (tokens: Tokens): Expression => parseTuple(tokens, parseOr)

/** A chain of filters without a value, as after `{% filter`. */
export function parseFilters(tokens: Tokens): readonly Filtering[] {
  const filters = [parseFiltering(tokens)]
  while (tokens.skipOperator('|')) filters.push(parseFiltering(tokens))
  return filters
}

const endsTuple = (tokens: Tokens): boolean =>
  tokens.is('mark') || tokens.is('end') || tokens.isOperator(')') || tokens.isName('recursive')

function parseOr(tokens: Tokens): Expression {
  let left = parseAnd(tokens)
  while (tokens.skipName('or')) left = { kind: 'or', left, right: parseAnd(tokens) }
  return left
}

function parseAnd(tokens: Tokens): Expression {
  let left = parseNot(tokens)
  while (tokens.skipName('and')) left = { kind: 'and', left, right: parseNot(tokens) }
  return left
}

function parseNot(tokens: Tokens): Expression {
  if (tokens.isName('not')) {
    tokens.next()
    return { kind: 'not', of: parseNot(tokens) }
  }
  return parseCompare(tokens)
}

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const

function parseCompare(tokens: Tokens): Expression {
  const first = parseSum(tokens)
  const rest: (readonly [Comparison, Expression])[] = []
  for (;;) {
    const comparison = nextComparison(tokens)
    if (!comparison) break
    rest.push([comparison, parseSum(tokens)])
  }
  return rest.length === 0 ? first : { kind: 'compare', first, rest }
}

function nextComparison(tokens: Tokens): Comparison | undefined {
  const symbol = COMPARISONS.find((each) => tokens.isOperator(each))
  if (symbol) {
    tokens.next()
    return symbol
  }
  if (tokens.skipName('in')) return 'in'
  if (tokens.isName('not') && tokens.following.kind === 'name' && tokens.following.text === 'in') {
    tokens.next()
    tokens.next()
    return 'not in'
  }
  return undefined
}

const binary =
  (operators: readonly Operator[], operand: (tokens: Tokens) => Expression) =>
  (tokens: Tokens): Expression => {
    let left = operand(tokens)
    for (;;) {
      const operator = operators.find((each) => tokens.isOperator(each))
      if (!operator) return left
      tokens.next()
      left = { kind: 'arithmetic', operator, left, right: operand(tokens) }
    }
  }

const parsePower = binary(['**'], (tokens) => parseUnary(tokens))
const parseProduct = binary(['*', '/', '//', '%'], parsePower)
const parseSum = binary(['+', '-'], parseConcat)

function parseConcat(tokens: Tokens): Expression {
  const items = [parseProduct(tokens)]
  while (tokens.skipOperator('~')) items.push(parseProduct(tokens))
  const [only] = items
  return items.length === 1 && only ? only : { kind: 'concat', items }
}

function parseUnary(tokens: Tokens, withFilters = true): Expression {
  const sign = (['-', '+'] as const).find((each) => tokens.skipOperator(each))
  const inner: Expression = sign
    ? { kind: sign === '-' ? 'negative' : 'positive', of: parseUnary(tokens, false) }
    : parsePrimary(tokens)
  const node = parsePostfix(tokens, inner)
  return withFilters ? parseFilterChain(tokens, node) : node
}

function parsePrimary(tokens: Tokens): Expression {
  const token = tokens.next()
  switch (token.kind) {
    case 'name':
      if (/^[Tt]rue$/.test(token.text)) return { kind: 'constant', value: true }
      if (/^[Ff]alse$/.test(token.text)) return { kind: 'constant', value: false }
      if (/^[Nn]one$/.test(token.text)) return { kind: 'constant', value: null }
      return { kind: 'name', name: token.text }
    case 'string': {
      let value = token.text
      while (tokens.is('string')) value += tokens.next().text
      return { kind: 'constant', value }
    }
    case 'int':
      return { kind: 'constant', value: int(BigInt(token.text)) }
    case 'float':
      return { kind: 'constant', value: new Float(Number(token.text)) }
    default:
      if (token.text === '(') return closed(tokens, ')', parseTuple(tokens))
      if (token.text === '[') return { kind: 'list', items: parseItems(tokens, ']', parseExpression) }
      if (token.text === '{') return { kind: 'dict', pairs: parseItems(tokens, '}', parsePair) }
      return tokens.fail(`unexpected ${token.text || 'end'}`)
  }
}

function parsePair(tokens: Tokens): readonly [Expression, Expression] {
  const key = parseExpression(tokens)
  tokens.expect('operator', ':')
  return [key, parseExpression(tokens)]
}

function parseItems<T>(tokens: Tokens, end: string, one: (tokens: Tokens) => T): readonly T[] {
  const items: T[] = []
  while (!tokens.isOperator(end)) {
    if (items.length > 0) tokens.expect('operator', ',')
    if (tokens.isOperator(end)) break
    items.push(one(tokens))
  }
  tokens.expect('operator', end)
  return items
}

function closed(tokens: Tokens, end: string, expression: Expression): Expression {
  tokens.expect('operator', end)
  return expression
}

function parsePostfix(tokens: Tokens, start: Expression): Expression {
  let node = start
  for (;;) {
    if (tokens.skipOperator('.')) node = parseAttribute(tokens, node)
    else if (tokens.skipOperator('[')) node = closed(tokens, ']', parseSubscript(tokens, node))
    else if (tokens.isOperator('('))
      node = { kind: 'call', of: node, ...parseArguments(tokens, parseExpression) }
    else return node
  }
}

function parseAttribute(tokens: Tokens, of: Expression): Expression {
  if (tokens.is('int'))
    return { kind: 'item', of, key: { kind: 'constant', value: Number(tokens.next().text) } }
  return { kind: 'attribute', of, name: tokens.expect('name').text }
}

function parseSubscript(tokens: Tokens, of: Expression): Expression {
  const bounds: (Expression | undefined)[] = [undefined]
  while (!tokens.isOperator(']', ',')) {
    if (tokens.skipOperator(':')) bounds.push(undefined)
    else bounds[bounds.length - 1] = parseExpression(tokens)
  }
  const [key] = bounds
  if (bounds.length > 1) return { kind: 'slice', of, bounds }
  return key ? { kind: 'item', of, key } : tokens.fail('expected an expression between the brackets')
}

function parseFilterChain(tokens: Tokens, start: Expression): Expression {
  let node = start
  for (;;) {
    if (tokens.skipOperator('|')) node = { kind: 'filter', of: node, ...parseFiltering(tokens) }
    else if (tokens.skipName('is')) node = parseTest(tokens, node)
    else if (tokens.isOperator('('))
      node = { kind: 'call', of: node, ...parseArguments(tokens, parseExpression) }
    else return node
  }
}

function parseFiltering(tokens: Tokens): Filtering {
  const name = parseDotted(tokens)
  return {
    name,
    ...(tokens.isOperator('(') ? parseArguments(tokens, parseExpression) : { args: [], named: [] }),
  }
}

function parseTest(tokens: Tokens, of: Expression): Expression {
  const isNegated = tokens.skipName('not')
  const name = parseDotted(tokens)
  const test: Expression = { kind: 'test', of, name, ...parseTestArguments(tokens) }
  return isNegated ? { kind: 'not', of: test } : test
}

function parseTestArguments(tokens: Tokens): Arguments {
  if (tokens.isOperator('(')) return parseArguments(tokens, parseExpression)
  const starts =
    (tokens.is('name') && !tokens.isName('else', 'or', 'and', 'if', 'in', 'is', 'not', 'recursive')) ||
    tokens.is('string') ||
    tokens.is('int') ||
    tokens.is('float') ||
    tokens.isOperator('[', '{')
  return { args: starts ? [parsePostfix(tokens, parsePrimary(tokens))] : [], named: [] }
}

function parseDotted(tokens: Tokens): string {
  let name = tokens.expect('name').text
  while (tokens.skipOperator('.')) name += `.${tokens.expect('name').text}`
  return name
}
