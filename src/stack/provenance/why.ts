import { parsePackageName } from '../../deb/index.ts'
import { UsageError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { highestFirst } from '../packages.ts'
import { parseStore, type Store, type StoreOptions } from '../store.ts'
import { type FoundPackage, lookUp, type PinnedIn, type WhichVersion } from './look-up.ts'
import { isBuilt, originOf, type PackageOrigin } from './origin.ts'

/** Why a package of the store is what it is. Each part is absent where the store does not say it. */
export interface PackageWhy {
  readonly name: string
  readonly version: string
  readonly architecture?: string
  /** As it is recorded. */
  readonly sha256?: string
  /** Name of the .deb in the pool. */
  readonly file: string
  /** When and by whom it was registered: ISO time, UTC. */
  readonly recordedAt?: string
  readonly recordedBy?: string
  /** Why no stack takes it. */
  readonly untrusted?: string
  readonly origin: PackageOrigin
  /** As manifest.json has it: the in-toto statement itself, where there is one. */
  readonly provenance: unknown
  readonly buildLog?: CheckedFile
  /** A CycloneDX list of what went into it. */
  readonly sbom?: CheckedFile
  /** All that are registered, by Debian's order, the highest first. */
  readonly versions: readonly string[]
  /** The stacks that pin this version, in all domains. */
  readonly pins: readonly PinnedIn[]
  /** Where files and what is recorded of them do not agree; empty where all is well. */
  readonly problems: readonly string[]
}

/** A file beside a package: relative to META, with the digest it has (of a log: unpacked). */
export interface CheckedFile {
  readonly path: string
  readonly sha256: string
}

/** Which package of a store, and which version of it. */
export interface WhichPackage extends WhichVersion {
  readonly name: string
}

/**
 * Why a package is what it is: what is recorded of it, whether the files agree with that, and who pinned it where. One
 * round trip; a second where GNU sort and Debian order its versions differently. Throws a UsageError for a stack and a
 * version at once.
 */
export const packageWhy = async (remote: Remote, options: StoreOptions & WhichPackage): Promise<PackageWhy> =>
  whyOf(await findPackage(remote, parseStore(options), options))

/** What the store holds of a version of a package: the one a stack pins, the one named, or the highest there is. */
export async function findPackage(remote: Remote, store: Store, which: WhichPackage): Promise<FoundPackage> {
  const { stack, version, typed } = which
  if (stack !== undefined && version !== undefined)
    throw new UsageError('name a stack or a version, not both', {
      hint: 'a stack pins one version of a package',
    })
  const name = parsePackageName(which.name)
  const called = typed === undefined ? {} : { typed }
  const ask = (meant: WhichVersion) =>
    remote.ask(lookUp(store, name, { ...meant, ...called }), { title: `look up ${name}` })
  if (version !== undefined) return ask({ version })
  if (stack !== undefined) return ask({ stack })
  const found = await ask({})
  const [highest] = [...found.versions].sort(highestFirst)
  return highest === undefined || highest === found.version ? found : ask({ version: highest })
}

/** Makes of what was found what is to be said of it; pure. */
export function whyOf(found: FoundPackage): PackageWhy {
  const { name, version, file, manifest = {}, pins } = found
  const text = (key: string) =>
    typeof manifest[key] === 'string' && manifest[key] !== '' ? manifest[key] : undefined
  const known = {
    architecture: text('architecture'),
    sha256: text('sha256'),
    recordedAt: text('recordedAt'),
    recordedBy: text('recordedBy'),
  }
  const origin = originOf(manifest.provenance)
  const folder = `packages/${name}/version/${version}`
  const untrusted = found.untrusted ?? (isBuilt(origin) ? origin.untrusted : undefined)
  return {
    name,
    version,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    file,
    ...(untrusted !== undefined && { untrusted }),
    origin,
    provenance: manifest.provenance ?? null,
    ...(found.log !== undefined && { buildLog: { path: `${folder}/build.log.gz`, sha256: found.log } }),
    ...(found.sbom !== undefined && { sbom: { path: `${folder}/sbom.json`, sha256: found.sbom } }),
    versions: [...found.versions].sort(highestFirst),
    pins,
    problems: problemsOf(found, origin),
  }
}

function problemsOf(
  { name, version, manifest, file, deb, log, sbom, untrusted }: FoundPackage,
  origin: PackageOrigin,
): readonly string[] {
  const problems: string[] = []
  const compare = (what: string, found: string | undefined, recorded: unknown) => {
    if (typeof recorded !== 'string' || recorded === '' || found === recorded) return
    const is = found === undefined ? 'is not there' : `has sha256 ${found}`
    problems.push(
      `${what} ${is}, and ${/^[0-9a-f]{64}$/.test(recorded) ? recorded : 'no digest'} is recorded`,
    )
  }
  if (manifest === undefined)
    return ['there is no manifest.json, or it is no JSON object: nothing is known of it']
  if (manifest.name !== name || manifest.version !== version)
    problems.push('manifest.json speaks of another package or version')
  if (deb === undefined) problems.push(`${file} is not in the pool`)
  else compare(`${file} in the pool`, deb, manifest.sha256)
  const { buildLog } = manifest
  const recordedLog =
    typeof buildLog === 'object' && buildLog !== null && 'sha256' in buildLog ? buildLog.sha256 : ''
  compare('the build log', log, recordedLog)
  if (!isBuilt(origin)) return problems
  if (origin.untrusted !== undefined && untrusted === undefined)
    problems.push('the statement marks it as untrusted, and the mark beside it is gone')
  if (recordedLog !== origin.logSha256) compare('the build log', log, origin.logSha256)
  compare('sbom.json', sbom, origin.sboms.find((each) => each.package === name)?.sha256)
  if (origin.type === 'statement' && !origin.outputs.some(({ sha256 }) => sha256 === manifest.sha256))
    problems.push('the statement beside it does not speak of these bytes')
  return problems
}
