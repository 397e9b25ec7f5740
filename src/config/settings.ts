import type { Secret } from '../shell/index.ts'
import type { RoleSettings } from './kinds-of-hosts.ts'
import type { Setting } from './setting.ts'
import type { BUILDING, CONNECTING, INVENTORY, PROJECT, RUNNING, STACKS } from './table.ts'

/** The merged settings under the users' names; times in seconds, local paths absolute, undefined where not set. */
export interface Settings
  extends ValuesOf<typeof CONNECTING>,
    ValuesOf<typeof INVENTORY>,
    ValuesOf<typeof RUNNING>,
    ValuesOf<typeof STACKS>,
    Omit<ValuesOf<typeof BUILDING>, 'debs_path'> {
  /** META/debs unless set. */
  readonly debs_path: string
  /** Role → host strings, or a map of them and their properties. Without a prototype, so that any name is safe to look up. */
  readonly roles: Readonly<Record<string, readonly string[] | RoleSettings>>
  /** Role → packages of a stack that its hosts have. */
  readonly members: Readonly<Record<string, readonly string[]>>
  readonly projects: Readonly<Record<string, ProjectSettings>>
  readonly secrets: Readonly<Record<string, Secret>>
}

/** What the settings say of one project. */
export interface ProjectSettings extends ValuesOf<typeof PROJECT> {}

type ValuesOf<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> }

type ValueOf<S> =
  S extends Setting<infer T, infer Default> ? (undefined extends Default ? T | undefined : T) : never

/** What must be shown nowhere, whoever says it. */
export const secretsIn = ({ password, sudo_password, secrets }: Settings): readonly Secret[] => [
  ...(password === undefined ? [] : [password]),
  ...(sudo_password === undefined ? [] : [sudo_password]),
  ...Object.values(secrets),
]
