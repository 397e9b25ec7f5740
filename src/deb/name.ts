import { printable, UsageError } from '../shell/index.ts'

/** A package name dpkg accepts: letters, digits and `-+._`, a letter or digit first. Made by `parsePackageName`. */
export type PackageName = string & { readonly is: 'PackageName' }

/** The bare file name of a .deb: no folder, no option, nothing a shell or a url would read otherwise. */
export type DebFileName = string & { readonly is: 'DebFileName' }

const PACKAGE = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,127}$/
const DEB_FILE = /^[A-Za-z0-9][A-Za-z0-9+._~:%-]{0,215}\.deb$/

/** Reads a package name by dpkg's rule (`dpkg --validate-pkgname`), 128 characters at most. Throws a UsageError. */
export function parsePackageName(text: string): PackageName {
  if (!PACKAGE.test(text))
    throw new UsageError(
      `${printable(text)} is no package name: letters, digits and -+._ are allowed, a letter or digit first`,
    )
  return text as PackageName
}

/** Reads the bare file name of a .deb, 220 characters at most; its parts mean nothing (dashes are ambiguous). Throws a UsageError. */
export function parseDebFileName(text: string): DebFileName {
  if (!isDebFileName(text))
    throw new UsageError(`${printable(text)} is no bare file name of a package, such as shop-1.0-all.deb`)
  return text
}

/** Whether the text may be the bare file name of a .deb. */
export const isDebFileName = (text: string): text is DebFileName => DEB_FILE.test(text)
