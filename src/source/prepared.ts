/** A working copy at one commit, as `prepare` left it; what a builder builds. */
export interface Prepared {
  readonly project: string
  /** Absolute path of the working copy on the build machine. */
  readonly dir: string
  /** The lock file every user of the working copy holds (flock) while it reads or changes it. */
  readonly lock: string
  /** Full lower-case hex, 40 or 64 digits. */
  readonly commit: string
  /** Committer date, whole seconds since 1970 (SOURCE_DATE_EPOCH). */
  readonly committedAt: number
  /** What was asked for; absent where the remote's default branch was taken. */
  readonly ref?: string
  /** Nearest `v*` tag at or before the commit, without the v; absent where there is none. */
  readonly nearestTag?: string
  /** Without credentials. */
  readonly url: string
  /** Other repositories that are part of the commit, those within them too; absent where there are none. */
  readonly submodules?: readonly Submodule[]
}

/** A repository that a commit takes in, at the commit it names. */
export interface Submodule {
  /** Relative to the working copy. */
  readonly path: string
  /** As .gitmodules has it, made absolute: it may hold what its author wrote there. */
  readonly url: string
  readonly commit: string
}
