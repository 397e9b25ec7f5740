import {
  type Alternatives,
  type ControlFields,
  type DebVersion,
  isVersion,
  parseRelations,
  parseVersion,
  RELATION_FIELDS,
  type Relation,
  type RelationField,
} from '../../deb/index.ts'
import { GachetteError } from '../../shell/index.ts'
import type { Pin } from '../manifest.ts'
import type { StackFinding } from './finding.ts'

/** A package of a stack and what its control file says; no control file where the store knows none. */
export interface PackageToCheck {
  readonly pin: Pick<Pin, 'name' | 'version' | 'architecture'>
  readonly control: ControlFields | undefined
}

/** A member of a stack whose fields were read. */
export interface Member {
  /** As the stack has it. */
  readonly name: string
  readonly version: DebVersion
  /** `all` stays `all`. */
  readonly architecture: string
  /** The field Multi-Arch, `no` unless there is one. */
  readonly multiArch: string
  readonly relations: Readonly<Partial<Record<RelationField, readonly Alternatives[]>>>
}

/** A name by which a package can be asked for: its own, or one it provides. */
export interface Offer {
  readonly by: Member
  /** Undefined where it is provided without a version. */
  readonly version: DebVersion | undefined
  /** Whether it is the package itself. */
  readonly isItself: boolean
  /** What stands after the colon in Provides. */
  readonly architecture?: string
}

/** All members by the names they answer to, in lower case. */
export type Offers = ReadonlyMap<string, readonly Offer[]>

/** Reads every member; what cannot be read is a finding, and the rest of it counts. */
export function readMembers(packages: readonly PackageToCheck[]): {
  readonly members: readonly Member[]
  readonly findings: readonly StackFinding[]
} {
  const findings: StackFinding[] = []
  const members = packages.flatMap(({ pin, control }) => {
    const unread = (message: string, field?: RelationField): void => {
      findings.push({
        type: 'unreadable',
        package: pin.name,
        version: pin.version,
        ...(field && { field }),
        message: `${pin.name} ${pin.version}: ${message}`,
      })
    }
    if (!isVersion(pin.version)) {
      unread('that is no version of Debian')
      return []
    }
    if (control === undefined) unread('the store knows no control file of it')
    return [memberOf({ ...pin, version: parseVersion(pin.version) }, control ?? {}, unread)]
  })
  return { members, findings }
}

/** Who answers to which name. */
export function offersOf(members: readonly Member[]): Offers {
  const offers = new Map<string, Offer[]>()
  const add = (name: string, offer: Offer): void => {
    const others = offers.get(name)
    if (others) others.push(offer)
    else offers.set(name, [offer])
  }
  for (const by of members) add(by.name.toLowerCase(), { by, version: by.version, isItself: true })
  for (const by of members)
    for (const { name, version, architecture } of namedIn(by, 'Provides'))
      add(name, { by, version, isItself: false, ...(architecture !== undefined && { architecture }) })
  return offers
}

/** The packages a field names, one by one. */
export const namedIn = ({ relations }: Member, field: RelationField): readonly Relation[] =>
  relations[field]?.flat() ?? []

function memberOf(
  pin: { readonly name: string; readonly version: DebVersion; readonly architecture?: string },
  control: ControlFields,
  unread: (message: string, field: RelationField) => void,
): Member {
  const relations: Partial<Record<RelationField, readonly Alternatives[]>> = {}
  const fields = new Map(Object.entries(control).map(([field, value]) => [field.toLowerCase(), value]))
  for (const [field, key] of KEYS) {
    const value = fields.get(key)
    if (value === undefined) continue
    try {
      relations[field] = parseRelations(field, value)
    } catch (error) {
      if (!(error instanceof GachetteError)) throw error
      unread(error.message, field)
    }
  }
  return {
    name: pin.name,
    version: pin.version,
    architecture: pin.architecture ?? fields.get('architecture') ?? 'all',
    multiArch: fields.get('multi-arch')?.toLowerCase() ?? 'no',
    relations,
  }
}

const KEYS = RELATION_FIELDS.map((field) => [field, field.toLowerCase()] as const)
