import { Callable, Dict, numeric, PythonError, Undefined, type Value } from '../python/index.ts'
import { pairs } from './methods-dict.ts'
import { Attributes } from './scope.ts'

/** The functions every template can call: Jinja2's own (without `lipsum`). */
export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['range', new Callable('range', range)],
  ['dict', new Callable('dict', (args, named) => Dict.of([...args.flatMap(pairs), ...named]))],
  [
    'namespace',
    new Callable(
      'namespace',
      (args, named) => new Attributes('Namespace', [...args.flatMap(textPairs), ...named], true),
    ),
  ],
  ['cycler', new Callable('cycler', cycler)],
  ['joiner', new Callable('joiner', joiner)],
])

const textPairs = (value: Value): readonly (readonly [string, Value])[] =>
  pairs(value).map(([key, each]) => [String(key), each])

function range(args: readonly Value[]): Value {
  const [first = 0, second, third] = args.map((value) => {
    const number = numeric(value)
    if (number === undefined || value instanceof Undefined) throw new PythonError('an integer is required')
    return Math.trunc(number)
  })
  const [from, to, step] = second === undefined ? [0, first, 1] : [first, second, third ?? 1]
  if (step === 0) throw new PythonError('range() arg 3 must not be zero')
  const length = Math.max(0, Math.ceil((to - from) / step))
  if (length > 1_000_000) throw new PythonError('range() is too large')
  return Array.from({ length }, (_, at) => from + at * step)
}

function cycler(items: readonly Value[]): Value {
  let at = 0
  const current = (): Value => items[at % items.length] ?? null
  const cycle = new Attributes('Cycler', [
    [
      'next',
      new Callable('next', () => {
        const value = current()
        at++
        cycle.names.set('current', current())
        return value
      }),
    ],
    [
      'reset',
      new Callable('reset', () => {
        at = 0
        cycle.names.set('current', current())
        return null
      }),
    ],
    ['current', current()],
  ])
  return cycle
}

function joiner(args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const separator = args[0] ?? named.get('sep') ?? ', '
  let isUsed = false
  return new Callable('joiner', () => {
    if (isUsed) return separator
    isUsed = true
    return ''
  })
}
