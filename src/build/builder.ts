import type { Query } from '../shell/index.ts'
import type { Prepared } from '../source/prepared.ts'
import type { Remote } from '../task/context.ts'
import type { Recorded } from './record.ts'

export type { Prepared, Submodule } from '../source/prepared.ts'

/** The version of each kind of package: spec §6 unless given. */
export interface KindVersions {
  readonly app: string
  readonly env: string
  readonly service: string
  readonly static: string
}

export interface BuildRequest {
  readonly source: Prepared
  /** Relative to the working copy; no `..`. */
  readonly missilePath: string
  readonly versions: KindVersions
  /** Absolute folder on the build machine, private to this build, made by the builder: the .debs are left there. */
  readonly outputDir: string
  readonly maintainer: string
  readonly pipOptions: readonly string[]
  readonly init: 'systemd' | 'upstart'
  readonly compat: 'none' | 'upstream'
  readonly workPath: string
  /**
   * The durable job the build is: its name, or true for one of this run's own. A build that has begun under that name is
   * joined, and its packages lie beside `outputDir`, where whoever began it wanted them.
   */
  readonly durable?: true | string
  /** The run that builds, for the record. */
  readonly run: string
}

/** One .deb that was built, described by dpkg-deb and sha256sum, never by its file name. */
export interface Artifact {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly fileName: string
  /** Absolute path on the build machine. */
  readonly path: string
  /** Lower-case hex. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  /** The control file, field by field, as dpkg-deb printed it. */
  readonly control: Readonly<Record<string, string>>
  /** A list of what went into it, beside it; absent where there is none. */
  readonly sbom?: { readonly path: string; readonly sha256: string }
}

/**
 * What a builder must know of a working copy before it builds, read in the same round trip that prepared it and under
 * its lock, so that it belongs to that commit.
 */
export interface ProjectSnapshot {
  /** The missile's text; undefined where there is no such file. */
  readonly missile: string | undefined
  /** Texts a missile may refer to (templates, what they include, pip files): path relative to the project → text. */
  readonly files: ReadonlyMap<string, string>
  /** Whether the machine has the trebuchet program that the settings name. */
  readonly hasTrebuchet: boolean
}

/** The question whose answer is a ProjectSnapshot; runs in the working copy. */
export type Inspect = (dir: string, missilePath: string) => Query<ProjectSnapshot>

/** Makes packages of a working copy; all of them or a TaskError. */
export interface Builder {
  readonly name: 'trebuchet' | 'missile'
  build(
    remote: Remote,
    request: BuildRequest,
    snapshot: ProjectSnapshot,
  ): Promise<Recorded<readonly Artifact[]>>
}

/** What a dry run takes a build to make: one package, named after the project. */
export function assumedArtifact({
  source: { project },
  versions: { app },
  outputDir,
}: BuildRequest): Artifact {
  const name = `dh-${project.toLowerCase().replace(/[^a-z0-9.+-]+/g, '-')}`
  const fileName = `${name}-${app}-all.deb`
  const path = `${outputDir}/${fileName}`
  return {
    name,
    version: app,
    architecture: 'all',
    fileName,
    path,
    sha256: '0'.repeat(64),
    size: 0,
    control: {},
  }
}
