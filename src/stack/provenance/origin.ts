import { BUILD_TYPE, BUILDER, SLSA, STATEMENT } from './words.ts'

/**
 * Where a package comes from, as its `provenance` in manifest.json has it. `simple`: as it was written before there were
 * statements. `foreign`: an in-toto statement of something else than our builders. `unreadable`: of no known shape.
 */
export type PackageOrigin =
  | { readonly type: 'none' }
  | { readonly type: 'unreadable' }
  | { readonly type: 'foreign'; readonly predicateType: string; readonly buildType?: string }
  | (BuiltFrom & { readonly type: 'simple' | 'statement' })

/** What is known of a build; each part is absent where the store does not say it. */
export interface BuiltFrom {
  readonly project?: string
  /** Without credentials. */
  readonly repository?: string
  /** Full lower-case hex. */
  readonly commit?: string
  /** As it was asked for. */
  readonly ref?: string
  readonly missile?: string
  /** What the settings asked for: auto, missile, trebuchet. */
  readonly builderAsked?: string
  /** What built it. */
  readonly builder?: string
  readonly gachette?: string
  /** By kind of package. */
  readonly versions: Readonly<Record<string, string>>
  /** What else decides the result; `pip` is a digest of pip's options. */
  readonly settings: Readonly<Record<string, string>>
  readonly submodules: readonly { readonly path: string; readonly uri: string; readonly commit: string }[]
  readonly dirty?: boolean
  /** The run that built it. */
  readonly run?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  /** name, hostName, release, kernel, architecture, hostKey. */
  readonly machine: Readonly<Record<string, string>>
  readonly commands: readonly string[]
  /** Digests of the log and of the lists of what went into packages. */
  readonly logSha256?: string
  readonly sboms: readonly { readonly package: string; readonly sha256: string }[]
  /** Everything that build made: file name and digest. */
  readonly outputs: readonly { readonly file: string; readonly sha256: string; readonly package?: string }[]
  /** Why no stack takes it. */
  readonly untrusted?: string
}

/** Longer texts than anything of ours are another tool's, and are cut. */
const LONGEST = 2000
const MOST = 5000

/**
 * Reads the `provenance` of a manifest.json, which another tool may have written: whatever it holds, nothing is thrown,
 * and what is not as it should be is as if it were not there.
 */
export function originOf(provenance: unknown): PackageOrigin {
  if (provenance === null || provenance === undefined) return { type: 'none' }
  if (!isObject(provenance)) return { type: 'unreadable' }
  if (provenance._type === undefined) return simple(provenance)
  if (provenance._type !== STATEMENT) return { type: 'unreadable' }
  const predicate = at(provenance, 'predicate')
  const predicateType = textOf(provenance.predicateType)
  if (predicateType === undefined) return { type: 'unreadable' }
  const buildType = textOf(at(predicate, 'buildDefinition').buildType)
  if (predicateType !== SLSA || buildType !== BUILD_TYPE)
    return { type: 'foreign', predicateType, ...(buildType !== undefined && { buildType }) }
  return statement(provenance, predicate)
}

/** Whether an origin says what it was built of. */
export const isBuilt = (origin: PackageOrigin): origin is Extract<PackageOrigin, BuiltFrom> =>
  origin.type === 'simple' || origin.type === 'statement'

function simple(provenance: Json): PackageOrigin {
  const { repository, commit, ref, missile, builder, versions } = provenance
  const found = present({
    repository: textOf(repository),
    commit: commitOf(commit),
    ref: textOf(ref),
    missile: textOf(missile),
    builder: textOf(builder),
  })
  if (found.repository === undefined && found.commit === undefined) return { type: 'unreadable' }
  return { type: 'simple', ...NOTHING, ...found, versions: textsOf(versions) }
}

const NOTHING = {
  versions: {},
  settings: {},
  submodules: [],
  machine: {},
  commands: [],
  sboms: [],
  outputs: [],
}

function statement(whole: Json, predicate: Json): PackageOrigin {
  const definition = at(predicate, 'buildDefinition')
  const [given, own] = [at(definition, 'externalParameters'), at(definition, 'internalParameters')]
  const details = at(predicate, 'runDetails')
  const metadata = at(details, 'metadata')
  const builder = at(details, 'builder')
  const [source, ...submodules] = objectsOf(definition.resolvedDependencies)
  const byproducts = objectsOf(details.byproducts)
  return {
    type: 'statement',
    ...present({
      project: textOf(given.project),
      repository: textOf(given.repository),
      commit: gitCommit(source),
      ref: textOf(given.ref),
      missile: textOf(given.missile),
      builderAsked: textOf(given.builder),
      builder: builderOf(builder.id),
      gachette: textOf(at(builder, 'version').gachette),
      dirty: typeof own.dirty === 'boolean' ? own.dirty : undefined,
      run: textOf(metadata.invocationId),
      startedAt: timeOf(metadata.startedOn),
      finishedAt: timeOf(metadata.finishedOn),
      logSha256: sha256(byproducts.find(({ name }) => name === 'build.log')),
      untrusted: untrustedOf(predicate),
    }),
    versions: textsOf(given.versions),
    settings: textsOf(given.settings),
    submodules: submodules.flatMap((each) => {
      const [path, uri, commit] = [textOf(each.name), textOf(each.uri), gitCommit(each)]
      return path && uri && commit ? [{ path, uri, commit }] : []
    }),
    machine: textsOf(own.machine),
    commands: listOf(own.commands).flatMap((each) => textOf(each) ?? []),
    sboms: byproducts.flatMap((each) => {
      const [name, digest] = [textOf(at(each, 'annotations').package), sha256(each)]
      return each.name === 'sbom.json' && name && digest ? [{ package: name, sha256: digest }] : []
    }),
    outputs: objectsOf(whole.subject).flatMap((each) => {
      const [file, digest, name] = [textOf(each.name), sha256(each), textOf(at(each, 'annotations').package)]
      return file && digest ? [{ file, sha256: digest, ...(name !== undefined && { package: name }) }] : []
    }),
  }
}

/** Whatever stands there but false or nothing is a mark: who marks in another way than ours still means it. */
function untrustedOf({ gachette_untrusted: mark }: Json): string | undefined {
  if (mark === undefined || mark === null || mark === false) return undefined
  return textOf(mark) ?? 'no reason is given'
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const at = (value: Json, key: string): Json => {
  const found = Object.hasOwn(value, key) ? value[key] : undefined
  return isObject(found) ? found : {}
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, MOST) : [])
const objectsOf = (value: unknown): readonly Json[] => listOf(value).filter(isObject)

/** One line without control characters: it is shown to people. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value
    .slice(0, LONGEST)
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()
  return text === '' ? undefined : text
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {}
  const found = Object.entries(value)
    .slice(0, MOST)
    .flatMap(([key, each]) => {
      const text = textOf(each)
      return text === undefined || !/^[A-Za-z][A-Za-z0-9_]{0,40}$/.test(key) ? [] : [[key, text] as const]
    })
  return Object.fromEntries(found)
}

const matching = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) ? value : undefined

const commitOf = matching(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
const digestOf = matching(/^[0-9a-f]{64}$/)
const timeOf = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/)

const gitCommit = (dependency: Json | undefined) =>
  dependency === undefined ? undefined : commitOf(at(dependency, 'digest').gitCommit)

const sha256 = (resource: Json | undefined) =>
  resource === undefined ? undefined : digestOf(at(resource, 'digest').sha256)

const builderOf = (id: unknown): string | undefined => {
  const text = textOf(id)
  return text?.startsWith(BUILDER) ? text.slice(BUILDER.length) || undefined : text
}

/** The same without what is undefined. */
function present<T extends Json>(found: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>
  }
}
