import { printable, UsageError } from '../shell/index.ts'

/** The name of a project, which is the name of its working copy's folder. Made by `parseProjectName`. */
export type ProjectName = string & { readonly is: 'ProjectName' }

/** A folder on the build machine: absolute, one line. Made by `parseWorkPath`. */
export type WorkPath = string & { readonly is: 'WorkPath' }

/** Reads a project's name: letters, digits and `._+~-`, a letter, digit or `_` first, 128 at most. Throws a UsageError. */
export function parseProjectName(text: string): ProjectName {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._+~-]{0,127}$/.test(text))
    throw new UsageError(
      `${printable(text)} is no project name: letters, digits and ._+~- are allowed, a letter, digit or _ first`,
    )
  return text as ProjectName
}

/** Reads the folder that holds mirrors and working copies; slashes at its end are dropped. Throws a UsageError. */
export function parseWorkPath(text: string): WorkPath {
  if (!/^\/[^\0-\x1f\x7f"\\]{1,1000}$/.test(text))
    throw new UsageError(`${printable(text)} is no work_path: it must be an absolute path`)
  return text.replace(/\/+$/, '') as WorkPath
}
