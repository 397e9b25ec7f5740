import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
} from 'yaml'
import type { Problems } from './problems.ts'
import { Dict, itemsOf, type Value } from './python/index.ts'
import { plainScalar, taggedScalar } from './scalars.ts'

/** A missile is written by hand: more than this is a mistake or an attack. */
const MAX_CHARACTERS = 256 * 1024
const MAX_VALUES = 100_000
const MAX_NESTING = 100

/**
 * The top-level mapping of a missile, as PyYAML reads it. Every problem goes to `problems`, which also learns where
 * each value stands; undefined where nothing can be made of the text.
 */
export function readMissile(text: string, problems: Problems): Dict | undefined {
  if (text.length > MAX_CHARACTERS || isTooDeep(text)) {
    problems.add('the file is too large or nested too deeply to be a missile')
    return undefined
  }
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  for (const error of document.errors) problems.add(error.message, place(error.pos[0]))
  if (document.errors.length > 0) return undefined
  const reader = new Reader(
    problems,
    (node) => place(node.range?.[0] ?? 0),
    (alias) => alias.resolve(document),
  )
  const root = document.contents === null ? null : reader.value(document.contents)
  if (problems.found) return undefined
  if (!(root instanceof Dict)) {
    problems.add('a missile is a mapping of keys to values')
    return undefined
  }
  return root
}

type Alias = Extract<Node, { resolve: unknown }>
interface Read {
  readonly value: Value
  /** How many values it holds, aliases counted each time. */
  readonly size: number
}

class Reader {
  readonly #problems: Problems
  readonly #place: (node: Node) => { line: number; column: number }
  readonly #resolve: (alias: Alias) => Node | undefined
  readonly #known = new Map<Node, Read | 'reading'>()

  constructor(
    problems: Problems,
    place: (node: Node) => { line: number; column: number },
    resolve: (alias: Alias) => Node | undefined,
  ) {
    this.#problems = problems
    this.#place = place
    this.#resolve = resolve
  }

  value(node: Node): Value {
    return this.#read(node).value
  }

  #read(node: Node): Read {
    const known = this.#known.get(node)
    if (known === 'reading') return this.#wrong('an alias that contains itself', node)
    if (known) return known
    this.#known.set(node, 'reading')
    const read = this.#make(node)
    this.#known.set(node, read)
    return read.size > MAX_VALUES ? this.#wrong('more values than a missile can hold', node) : read
  }

  #make(node: Node): Read {
    if (isAlias(node)) {
      const target = this.#resolve(node)
      return target ? this.#read(target) : this.#wrong(`unknown alias *${node.source}`, node)
    }
    if (isScalar(node)) return { value: this.#scalar(node), size: 1 }
    if (isSeq(node))
      return this.#list(node.items.filter((item): item is Node => item !== null) as Node[], node)
    if (isMap(node)) return this.#mapping(node.items as Pair<Node, Node | null>[], node)
    return this.#wrong('something that is no value', node)
  }

  #scalar(node: Scalar): Value {
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
    if (node.tag === undefined)
      return node.type === Scalar.PLAIN || node.type === undefined ? plainScalar(text) : text
    const value = taggedScalar(node.tag, text)
    return value === undefined ? this.#wrong(`${node.tag} does not fit here`, node).value : value
  }

  #list(items: readonly Node[], node: Node): Read {
    if (node.tag && node.tag !== 'tag:yaml.org,2002:seq')
      return this.#wrong(`${node.tag} is not supported`, node)
    const read = items.map((item) => this.#read(item))
    const value = read.map((item) => item.value)
    items.forEach((item, at) => {
      this.#problems.note(value, at, this.#place(item))
    })
    return { value, size: read.reduce((sum, item) => sum + item.size, 1) }
  }

  #mapping(pairs: readonly Pair<Node, Node | null>[], node: Node): Read {
    if (node.tag && node.tag !== 'tag:yaml.org,2002:map')
      return this.#wrong(`${node.tag} is not supported`, node)
    const dict = new Dict()
    let size = 1
    // Merge keys come first, so that the mapping's own keys win wherever `<<` stands in it.
    for (const pair of pairs.filter(isMerge)) {
      const read = pair.value ? this.#read(pair.value) : { value: null, size: 0 }
      size += read.size
      const sources = read.value instanceof Dict ? [read.value] : (itemsOf(read.value) ?? [null])
      for (const source of [...sources].reverse()) {
        if (!(source instanceof Dict))
          return this.#wrong('<< takes a mapping or a list of mappings', pair.key)
        for (const [key, value] of source.entries()) {
          dict.set(key, value)
          this.#problems.copyNote(source, dict, key)
        }
      }
    }
    const own = new Dict()
    for (const { key, value } of pairs.filter((pair) => !isMerge(pair))) {
      const name = this.#read(key).value
      if (name instanceof Dict || itemsOf(name))
        return this.#wrong('a key is a single word, not a collection', key)
      if (own.has(name))
        this.#problems.warn('this key was there already; the last one counts', this.#place(key))
      const read = value ? this.#read(value) : { value: null, size: 1 }
      size += read.size
      own.set(name, null)
      dict.set(name, read.value)
      this.#problems.note(dict, name, this.#place(key))
    }
    return { value: dict, size }
  }

  #wrong(message: string, node: Node): Read {
    this.#problems.add(message, this.#place(node))
    return { value: null, size: 1 }
  }
}

const isMerge = ({ key }: Pair<Node, Node | null>): boolean =>
  isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined

/** Node aborts on some deeply nested texts before the parser can say so: brackets and indentation are counted first. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1)
    if (depth > MAX_NESTING) return true
  }
  return text.split('\n').some((line) => (/^(?:[ ]*[-?:] )*/.exec(line)?.[0].length ?? 0) > 4 * MAX_NESTING)
}
