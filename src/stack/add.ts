import { type ControlFields, parseDebFileName, parsePackageName } from '../deb/index.ts'
import { type Command, type Query, sh, UsageError } from '../shell/index.ts'
import { type Build, recordOf } from './builds.ts'
import { type Edited, NOTHING_EDITED, parseEdited } from './edit/edited.ts'
import { type EditOptions, editScript } from './edit/script.ts'
import { refusal } from './failure.ts'
import { parsePackageVersion, parseRemoteFolder, type StackName } from './name.ts'
import { COMPOSE } from './shell/compose.ts'
import { JUDGE, KNOWN } from './shell/judge.ts'
import { REQUEST } from './shell/request.ts'
import { UNTRUSTED } from './shell/untrusted.ts'
import { newEditId, type Store } from './store.ts'
import { toldOf } from './told.ts'

/** A package to pin: registered already, a .deb to seek by its file name, or one that was just built. */
export type PackageToPin = RegisteredPackage | SoughtPackage | BuiltPackage

/** A package that is in the pool, by name and Debian version. */
export interface RegisteredPackage {
  readonly name: string
  readonly version: string
}

/** A .deb to seek: `fileName` is a bare name, sought in debs_path, then in the pool. */
export interface SoughtPackage extends RegisteredPackage {
  readonly fileName: string
}

/** An Artifact is one. The digest is what it was when it was built: another one now is refused. */
export interface BuiltPackage extends SoughtPackage {
  /** Absolute, on the build machine. */
  readonly path: string
  readonly sha256: string
  /** What dpkg-deb said of these bytes when they were built; where it is all here, nobody asks dpkg-deb again. */
  readonly architecture?: string
  readonly size?: number
  readonly control?: ControlFields
  /** A list of what went into it (CycloneDX), an absolute path on the build machine; kept beside the package. */
  readonly sbom?: { readonly path: string; readonly sha256: string }
}

/** What an edit that adds packages is told besides them. */
export interface AddOptions extends EditOptions {
  /**
   * What these packages came of. If it is known, the packages registered for it are pinned instead of these, unless
   * `rebuild`: then these must have the same digests.
   */
  readonly build?: Build & { readonly rebuild?: boolean }
  /** Absolute path of the build's log on the build machine; kept beside each package. */
  readonly logPath?: string
  /** Kept with each package that is new: where it comes from. Plain JSON, 64 KiB at most. */
  readonly provenance?: Readonly<Record<string, unknown>>
  /** Where file names are sought before the pool: an absolute folder on the build machine. */
  readonly debsPath?: string
}

/** A query that needs its stdin: hand both to `ask(query, { stdin })`. */
export interface Edit<T> {
  readonly query: Query<T>
  readonly stdin: string
}

/** Registers packages and pins them in a stack, all of them or none, as one generation. */
export function addPackages(
  store: Store,
  stack: StackName,
  packages: readonly PackageToPin[],
  options: AddOptions = {},
  id = newEditId(),
): Edit<Edited> {
  const request = registration(store, packages, options)
  const query: Query<Edited> = {
    command: editScript(
      store,
      { ...options, stack, id },
      sh`${request.command}
${ADD}`,
    ),
    parse: parseEdited,
    assumed: NOTHING_EDITED,
    failed: refusal(store, options.typed),
  }
  return { query, stdin: request.stdin }
}

/** What registers packages, as functions of the script of an edit and what they read; the edit calls them. */
export function registration(
  store: Store,
  packages: readonly PackageToPin[],
  options: Omit<AddOptions, keyof EditOptions> & { readonly untrusted?: string },
): { readonly command: Command; readonly stdin: string } {
  refuseTwice(packages)
  const record = options.build && recordOf(options.build)
  const debs = options.debsPath === undefined ? `${store.meta}/debs` : options.debsPath
  return {
    command: sh`debs=${parseRemoteFolder(debs, 'debs_path')}
logfile=${options.logPath === undefined ? '' : parseRemoteFolder(options.logPath, 'the log of a build')}
buildfile=${record?.path ?? ''}
rebuild=${options.build?.rebuild ? 'yes' : ''}
untrusted=${options.untrusted ?? ''}
sboms=${sbomsOf(packages)}
${REQUEST}
${JUDGE}
${UNTRUSTED}
${KNOWN}
${COMPOSE}`,
    stdin: requestOf(packages, provenanceOf(options.provenance), record?.head ?? '-'),
  }
}

/** One line each: package, version, digest and path. */
const sbomsOf = (packages: readonly PackageToPin[]): string =>
  packages
    .flatMap((each) => {
      if (!('sbom' in each) || each.sbom === undefined) return []
      const { path, sha256 } = each.sbom
      const place = parseRemoteFolder(path, 'an SBOM')
      return [[parsePackageName(each.name), parsePackageVersion(each.version), parseDigest(sha256), place]]
    })
    .map((words) => words.join('\t'))
    .join('\n')

function requestOf(packages: readonly PackageToPin[], provenance: string, record: string): string {
  // Sorted: the script merges them with the manifest in one pass.
  const byName = [...packages].sort((one, other) => (one.name < other.name ? -1 : 1))
  const lines = byName.map((each) => {
    const certain = [parsePackageName(each.name), parsePackageVersion(each.version)]
    if (!('fileName' in each)) return [...certain, '-', '-', '='].join('\t')
    const file = parseDebFileName(each.fileName)
    if (!('path' in each)) return [...certain, file, '-', '-'].join('\t')
    const path = parseRemoteFolder(each.path, file)
    return [...certain, file, parseDigest(each.sha256), path, ...toldOf(each)].join('\t')
  })
  return [provenance, record, ...lines, '.', ''].join('\n')
}

function refuseTwice(packages: readonly PackageToPin[]): void {
  if (packages.length === 0) throw new UsageError('there is no package to add')
  const seen = new Set<string>()
  for (const each of packages) {
    for (const key of 'fileName' in each ? [each.name, `file ${each.fileName}`] : [each.name]) {
      if (seen.has(key)) throw new UsageError(`${key} is given twice in one edit`)
      seen.add(key)
    }
  }
}

function provenanceOf(provenance: AddOptions['provenance']): string {
  const json = JSON.stringify(provenance ?? null)
  if (Buffer.byteLength(json) > 65_536)
    throw new UsageError('the provenance of a package is larger than 64 KiB')
  return json
}

function parseDigest(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new UsageError(`${JSON.stringify(text.slice(0, 80))} is no sha256`)
}

const ADD = sh`find_stack "$stack" || { finish_if_left && find_stack "$stack"; } || no_stack "$stack"
refuse_frozen
hold=$meta/debs/.$id
begin
read_request
describe_plain
stage
take_stack open
judge 9>&-
refuse_untrusted
compose 9>&-
note_build 9>&-
commit add`
