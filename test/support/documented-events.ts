import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '../..')

/** By type, the fields of an event or an outcome, those that may be absent with a `?`; sorted. */
export type FieldsByType = ReadonlyMap<string, readonly string[]>

/** The table below a heading of docs/events.md. */
export function documented(heading: string): FieldsByType {
  const page = readFileSync(join(root, 'docs/events.md'), 'utf8')
  const [, section = ''] = page.split(`# ${heading}\n`)
  const [table = ''] = /(^\|.*\n)+/m.exec(section) ?? []
  const rows = table.split('\n').flatMap((row) => {
    const [, name = '', fields = ''] = row.split('|')
    const [, type] = /^ `([a-z-]+)` $/.exec(name) ?? []
    return type === undefined ? [] : [[type, wordsIn(fields)] as const]
  })
  return new Map(rows)
}

/** The members of a union of the source, with the fields that the named interfaces give them. */
export function declared(file: string, union: string, without: readonly string[] = []): FieldsByType {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const named = new Map<string, ts.InterfaceDeclaration | ts.TypeAliasDeclaration>()
  for (const statement of source.statements)
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      named.set(statement.name.text, statement)
  const alias = named.get(union)
  if (alias === undefined || !ts.isTypeAliasDeclaration(alias) || !ts.isUnionTypeNode(alias.type))
    throw new Error(`${union} is no union in ${file}`)
  const fieldsOf = (node: ts.Node): readonly ts.PropertySignature[] => {
    if (ts.isParenthesizedTypeNode(node)) return fieldsOf(node.type)
    if (ts.isIntersectionTypeNode(node)) return node.types.flatMap(fieldsOf)
    if (ts.isTypeLiteralNode(node)) return node.members.filter(ts.isPropertySignature)
    const name = ts.isTypeReferenceNode(node) ? node.typeName.getText() : node.getText()
    const found = without.includes(name) ? undefined : named.get(name)
    if (found === undefined || !ts.isInterfaceDeclaration(found)) return []
    const inherited = found.heritageClauses?.flatMap(({ types }) =>
      types.flatMap(({ expression }) => fieldsOf(expression)),
    )
    return [...(inherited ?? []), ...found.members.filter(ts.isPropertySignature)]
  }
  return new Map(
    alias.type.types.map((member) => {
      const fields = fieldsOf(member)
      const type =
        fields
          .find((field) => field.name.getText() === 'type')
          ?.type?.getText()
          .slice(1, -1) ?? ''
      const names = fields.map(
        (field) => `${field.name.getText()}${field.questionToken === undefined ? '' : '?'}`,
      )
      return [type, names.filter((name) => name !== 'type').sort()] as const
    }),
  )
}

/** What is wrong with an event, held against the documentation; nothing where it is as it should be. */
export function problemsOf(event: unknown): readonly string[] {
  const { v, time, type, ...fields } = event as Record<string, unknown>
  const known = documented('Events').get(String(type))
  if (known === undefined) return [`no such type: ${String(type)}`]
  const missing = known.filter((name) => !name.endsWith('?') && !(name in fields))
  const surplus = Object.keys(fields).filter((name) => !known.includes(name) && !known.includes(`${name}?`))
  return [
    ...(v === 1 ? [] : [`v is ${String(v)}`]),
    ...(Number.isNaN(Date.parse(String(time))) ? [`time is ${String(time)}`] : []),
    ...missing.map((name) => `${String(type)} lacks ${name}`),
    ...surplus.map((name) => `${String(type)} has ${name}`),
  ]
}

/** The names in a cell; what a field may be stands behind a colon. */
const wordsIn = (cell: string): readonly string[] =>
  [...(cell.split(':')[0] ?? '').matchAll(/`([a-zA-Z0-9]+\??)`/g)].map(([, word = '']) => word).sort()
