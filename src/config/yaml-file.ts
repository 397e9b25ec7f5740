import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
  type YAMLMap,
} from 'yaml'
import type { Problem } from './problem.ts'
import type { Raw, RawMap, RawScalar } from './raw.ts'

/** Deeper than any settings; the composer of yaml recurses, and node 20 dies of 20,000 brackets. */
const MAX_DEPTH = 32
/** Values after aliases are followed: more is an attack. */
const MAX_VALUES = 50_000

/** Reads YAML 1.2 of an untrusted author: each value with its place (`FILE:3:5`), or problems. Undefined: nothing to go on with. */
export function parseYaml(text: string, file: string, problems: Problem[]): RawMap | undefined {
  const lines = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const tell = (offset: number, what: string, hint?: string): undefined => {
    problems.push({ where: at(offset), what, hint })
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const deep = tooDeep(tokens)
  if (deep !== undefined) return tell(deep, `this is nested deeper than ${MAX_DEPTH} levels`)

  const [doc, second] = new Composer<ParsedNode, true>({
    version: '1.2',
    uniqueKeys: false,
    prettyErrors: false,
  }).compose(tokens, true, text.length)
  if (doc === undefined) return undefined
  for (const { code, message, pos } of [...doc.errors, ...doc.warnings])
    tell(pos[0], ...syntaxProblem(code, message))
  if (second)
    tell(second.range[0], 'a second document starts here', 'one file holds one document: delete the line ---')
  if (doc.directives.yaml.explicit && doc.directives.yaml.version !== '1.2')
    tell(0, 'settings are YAML 1.2', 'delete the line %YAML')
  if (doc.errors.length > 0 || doc.contents === null) return undefined

  const root = rawTree(doc, at, tell)
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) return undefined
  if (root.kind === 'map') return root
  return tell(doc.contents.range[0], 'settings are a map, such as  user: hero')
}

type Tell = (offset: number, what: string, hint?: string) => undefined

function rawTree(doc: Document.Parsed, at: (offset: number) => string, tell: Tell): Raw | undefined {
  const anchors = new Map<string, ParsedNode>()
  let values = 0
  let exhausted = false
  return rawOfNode(doc.contents, 0, 0)

  function rawOfNode(node: ParsedNode | null, offset: number, depth: number): Raw | undefined {
    if (node === null) return { kind: 'scalar', at: at(offset), value: null, source: '', loose: false }
    const start = node.range[0]
    if (++values > MAX_VALUES || depth > MAX_DEPTH) {
      if (!exhausted) tell(start, 'the aliases make this far too large')
      exhausted = true
      return undefined
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target === undefined)
        return tell(start, 'no anchor of this name stands above', 'a text that starts with * needs quotes')
      return rawOfNode(target, start, depth + 1)
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isScalar(node)) return scalar(node.value, node.source, start)
    if (isSeq(node)) {
      const items = node.items.map((item) => rawOfNode(item, start, depth + 1))
      return { kind: 'list', at: at(start), items: items.filter((item) => item !== undefined) }
    }
    return rawOfMap(node, depth)
  }

  function rawOfMap(node: YAMLMap.Parsed, depth: number): Raw {
    const entries: { key: RawScalar; value: Raw }[] = []
    const seen = new Map<string, string>()
    for (const pair of node.items) {
      const key = rawOfNode(pair.key, node.range[0], depth + 1)
      if (key?.kind !== 'scalar') {
        if (key !== undefined) tell(pair.key.range[0], 'a key is a single word')
        continue
      }
      const value = rawOfNode(pair.value, pair.key.range[1], depth + 1)
      const before = seen.get(key.source)
      seen.set(key.source, before ?? key.at)
      if (before !== undefined) tell(pair.key.range[0], `this key is given twice, first at ${before}`)
      else if (value !== undefined) entries.push({ key, value })
    }
    return { kind: 'map', at: at(node.range[0]), entries }
  }

  function scalar(value: unknown, source: string | undefined, offset: number): RawScalar {
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    const plain = known || value === null ? value : String(value)
    return { kind: 'scalar', at: at(offset), value: plain, source: source ?? String(value), loose: false }
  }
}

/** Where the nesting passes the limit; looks at the tokens only, without recursion. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const open: { token: CST.Token | null | undefined; depth: number }[] = tokens.map((token) => ({
    token,
    depth: 0,
  }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next
    if (!token) continue
    if (depth > MAX_DEPTH) return token.offset
    if (token.type === 'document') open.push({ token: token.value, depth })
    if ('items' in token)
      for (const { key, value } of token.items)
        open.push({ token: key, depth: depth + 1 }, { token: value, depth: depth + 1 })
  }
  return undefined
}

/** In our words, and never with a piece of the file in them: it may be of a password. */
function syntaxProblem(code: string, message: string): [what: string, hint?: string] {
  const quote = 'if it is a text, quote it'
  if (code === 'TAG_RESOLVE_FAILED' || code === 'BAD_COLLECTION_TYPE')
    return ['a ! starts a tag, and settings have none', quote]
  if (code === 'BAD_SCALAR_START') return ['a text cannot start with this character', quote]
  if (code === 'BAD_ALIAS') return ['* and & start aliases and anchors, and this is none', quote]
  if (code === 'BAD_DQ_ESCAPE')
    return ['double quotes have no such escape', "double the backslash, or use single quotes: '…'"]
  if (code === 'TAB_AS_INDENT') return ['a tab indents this line', 'YAML is indented with spaces']
  if (code === 'UNEXPECTED_TOKEN')
    return ['this cannot stand here', 'quote texts that hold special characters']
  if (code === 'BAD_DIRECTIVE')
    return ['a line that starts with % is a directive, and settings have none', quote]
  return [message.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())]
}
