import type { Dict } from './python/index.ts'

/** One configuration of a missile, checked: what its packages are made of. Names have their suffix already. */
export interface Configuration {
  readonly type: 'application' | 'configuration'
  /** As written, without suffix. */
  readonly name: string
  /** With suffix. */
  readonly fullName: string
  /** Every key as merged, for templates. */
  readonly keys: Dict
  readonly environment: Environment | undefined
  readonly extraFiles: readonly ExtraFile[]
  readonly services: readonly Service[]
  readonly staticFiles: readonly StaticFiles[]
  readonly excludeFolders: readonly string[]
  readonly buildAssets: readonly string[]
  readonly scripts: DebianScripts
}

export interface Environment {
  readonly fullName: string
  readonly binary: string | undefined
  /** pip files, relative to the project. */
  readonly requirements: readonly string[]
  readonly steps: readonly string[]
  readonly scripts: DebianScripts
}

export interface ExtraFile {
  /** As written. */
  readonly name: string
  /** With suffix: N of missile.md §4. */
  readonly fullName: string
  readonly type: ExtraFileType
  /** Relative to the project. */
  readonly template: string
  /** As templates see it: with a leading `/` only where `target_path` had one; `DEBIAN/N` for control members. */
  readonly path: string
  readonly isExecutable: boolean
}

export const EXTRA_FILE_TYPES = [
  'binary',
  'nginx',
  'product',
  'newrelic_config',
  'upstart',
  'custom',
  'debian',
] as const
export type ExtraFileType = (typeof EXTRA_FILE_TYPES)[number]

export interface Service {
  readonly fullName: string
  readonly binary: ExtraFile
  readonly variables: Dict
  readonly scripts: DebianScripts
}

export interface StaticFiles {
  readonly fullName: string
  readonly folders: readonly StaticFolder[]
  readonly scripts: DebianScripts
}

export interface StaticFolder {
  /** Relative to the code, without `.` and empty parts; '' is all of it. */
  readonly path: string
  /** A text is one pattern (missile.md's odd rule took its characters). */
  readonly includes: string | readonly string[] | undefined
  readonly excludes: string | readonly string[] | undefined
}

/** The user's lines for each maintainer script, verbatim and in order. */
export interface DebianScripts {
  readonly preinst: readonly string[]
  readonly postinst: readonly string[]
  readonly prerm: readonly string[]
}
