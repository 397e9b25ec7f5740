import type { Arguments, Expression } from './nodes.ts'
import type { Tokens } from './tokens.ts'

/** The arguments of a call, from `(` to `)`; `one` parses an expression. */
export function parseArguments(tokens: Tokens, one: (tokens: Tokens) => Expression): Arguments {
  const args: Expression[] = []
  const named: (readonly [string, Expression])[] = []
  let spread: Expression | undefined
  let spreadNamed: Expression | undefined
  tokens.expect('operator', '(')
  while (!tokens.isOperator(')')) {
    if (tokens.skipOperator('*')) spread = one(tokens)
    else if (tokens.skipOperator('**')) spreadNamed = one(tokens)
    else if (tokens.is('name') && tokens.following.kind === 'operator' && tokens.following.text === '=') {
      const name = tokens.next().text
      tokens.next()
      named.push([name, one(tokens)])
    } else args.push(one(tokens))
    if (!tokens.isOperator(')')) tokens.expect('operator', ',')
  }
  tokens.next()
  return { args, named, spread, spreadNamed }
}
