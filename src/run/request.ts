import type { Override } from '../config/load.ts'
import type { TaskCall } from '../task/index.ts'

/** Version of the request; grows when a field changes its meaning or goes. */
export const REQUEST_VERSION = 1

/** What is to be run, and where: plain JSON, the same from the command line and from whatever else asks for a run. */
export interface RunRequest {
  readonly v: typeof REQUEST_VERSION
  /** Tasks in order, each as typed. */
  readonly calls: readonly TaskCall[]
  /** What stood after `--`, run after the tasks. */
  readonly command?: CommandText
  /** Host strings, patterns and `@role`s, commas not yet split. */
  readonly hosts: readonly string[]
  readonly roles: readonly string[]
  readonly exclude: readonly string[]
  /** Only these of all that is named; everybody unless given. */
  readonly limit?: readonly string[]
  /** Settings file instead of the search; absolute or relative to the working directory. */
  readonly configFile?: string
  /** Settings that win over files and the environment. */
  readonly settings: readonly Override[]
  readonly dryRun: boolean
}

/** One word is a line for the remote shell, exactly as typed; several words are carried literally. */
export type CommandText = ({ readonly line: string } | { readonly words: readonly string[] }) & {
  /** With the rights of root, or of whom the settings name. */
  readonly sudo?: true
  /** At a terminal. */
  readonly pty?: true
}
