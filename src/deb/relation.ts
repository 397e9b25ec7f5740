import { printable, TaskError } from '../shell/index.ts'
import { type PackageName, parsePackageName } from './name.ts'
import { compareVersions, type DebVersion, isVersion, parseVersion } from './version.ts'

/** The control fields that name other packages, as dpkg writes them. */
export type RelationField = (typeof RELATION_FIELDS)[number]

/** The fields of `RelationField`, in the order in which a control file has them. */
export const RELATION_FIELDS = [
  'Pre-Depends',
  'Depends',
  'Recommends',
  'Suggests',
  'Enhances',
  'Breaks',
  'Conflicts',
  'Provides',
  'Replaces',
] as const

/** How a version is held against that of a relation; `<` and `>` of old packages are read as `<=` and `>=`, as dpkg does. */
export type VersionOperator = '<<' | '<=' | '=' | '>=' | '>>'

/** One package a field names: `libc6:any (>= 2.36)`. Its name is in lower case, for so dpkg compares names. */
export interface Relation {
  readonly name: PackageName
  /** What stands after the colon: `any` or the name of an architecture. */
  readonly architecture?: string
  readonly operator?: VersionOperator
  /** There is one wherever there is an operator. */
  readonly version?: DebVersion
}

/** What one entry of a field asks for: any one of these. Only dependencies have more than one. */
export type Alternatives = readonly Relation[]

/** Fields in which `a | b` means something. */
const WITH_CHOICE: readonly RelationField[] = ['Pre-Depends', 'Depends', 'Recommends', 'Suggests', 'Enhances']

/**
 * Reads a field of a built package by dpkg's rules (deb-control(5)): `[arch]` and `<profile>` belong into source
 * packages and are refused, as dpkg refuses them. Throws a TaskError that names the field and what is odd.
 */
export function parseRelations(field: RelationField, text: string): readonly Alternatives[] {
  const scanner = new Scanner(field, text)
  if (scanner.isAtEnd) return []
  const entries: Alternatives[] = []
  let choice: Relation[] = []
  for (;;) {
    choice.push(scanner.relation())
    const separator = scanner.separator()
    if (separator === '|') continue
    entries.push(choice)
    choice = []
    if (separator === '') return entries
  }
}

/** A relation as dpkg writes it. */
export function relationText({ name, architecture, operator, version }: Relation): string {
  const qualified = architecture === undefined ? name : `${name}:${architecture}`
  return operator === undefined ? qualified : `${qualified} (${operator} ${version})`
}

/** What one entry asks for, as dpkg writes it: `a | b (>= 1)`. */
export const alternativesText = (entry: Alternatives): string => entry.map(relationText).join(' | ')

/** Whether a version is one that the relation means; one that names none means every version. */
export function meansVersion({ operator, version }: Relation, other: DebVersion): boolean {
  if (operator === undefined || version === undefined) return true
  const order = compareVersions(other, version)
  if (operator === '=') return order === 0
  if (operator === '<<') return order < 0
  if (operator === '>>') return order > 0
  return operator === '<=' ? order <= 0 : order >= 0
}

/** One pass from left to right, each character looked at once, whatever the text is. */
class Scanner {
  readonly #field: RelationField
  readonly #text: string
  #at = 0

  constructor(field: RelationField, text: string) {
    this.#field = field
    this.#text = text
    this.#take(SPACE)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  relation(): Relation {
    const name = this.#name()
    const architecture = this.#takes(':') ? this.#architecture() : undefined
    this.#take(SPACE)
    const bound = this.#takes('(') ? this.#bound() : undefined
    return { name, ...(architecture !== undefined && { architecture }), ...bound }
  }

  /** A comma, a bar, or nothing at the end. */
  separator(): '' | ',' | '|' {
    this.#take(SPACE)
    if (this.isAtEnd) return ''
    const found = this.#takes(',') ? ',' : this.#takes('|') ? '|' : undefined
    if (found === undefined) {
      const odd = this.#rest()
      const source = /^"[[<]/.test(odd)
      throw this.#fault(
        source ? `${odd} has a meaning in source packages only` : `a comma is missing before ${odd}`,
      )
    }
    if (found === '|' && !WITH_CHOICE.includes(this.#field))
      throw this.#fault('there can be no choice ( | ) in it')
    this.#take(SPACE)
    return found
  }

  #name(): PackageName {
    const name = this.#take(/[^ \t-\r:(,|]*/y)
    if (name === '') throw this.#fault(`a package name is missing before ${this.#rest()}`)
    try {
      return parsePackageName(name.toLowerCase())
    } catch {
      throw this.#fault(`${printable(name)} is no package name`)
    }
  }

  #architecture(): string {
    const name = this.#take(/[^ \t-\r(,|]*/y)
    if (/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name)) return name
    throw this.#fault(`${printable(name)} is no architecture`)
  }

  #bound(): { readonly operator: VersionOperator; readonly version: DebVersion } {
    this.#take(SPACE)
    const sign = this.#take(/[<>]=?[<>]*|=?/y)
    const operator = OPERATORS[sign]
    if (operator === undefined) throw this.#fault(`${printable(sign)} compares no versions`)
    if (operator !== '=' && this.#field === 'Provides')
      throw this.#fault(`a version is provided exactly ( = ), not by ${sign}`)
    this.#take(SPACE)
    const version = this.#take(/[^ \t-\r()]*/y)
    this.#take(SPACE)
    if (!this.#takes(')')) throw this.#fault(`a closing parenthesis is missing before ${this.#rest()}`)
    if (!isVersion(version)) throw this.#fault(`${printable(version)} is no version`)
    return { operator, version: parseVersion(version) }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #takes(character: string): boolean {
    const found = this.#text[this.#at] === character
    if (found) this.#at++
    return found
  }

  #rest = (): string =>
    this.isAtEnd ? 'its end' : printable(this.#text.slice(this.#at, this.#at + 40).trimEnd())

  #fault = (fault: string): TaskError => new TaskError(`the field ${this.#field}: ${fault}`)
}

/** The whitespace of C. */
const SPACE = /[ \t-\r]*/y

/** Without any sign dpkg reads `(1.0)` as `(= 1.0)`. */
const OPERATORS: Readonly<Record<string, VersionOperator>> = {
  '<<': '<<',
  '<=': '<=',
  '<': '<=',
  '=': '=',
  '': '=',
  '>=': '>=',
  '>': '>=',
  '>>': '>>',
}
