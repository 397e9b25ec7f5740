import type { BuiltPackage } from './add.ts'

/**
 * What a builder has told of a package, as words of a request: architecture, size, control file as JSON. Nothing where
 * it is not all known, or not of this very package: then dpkg-deb is asked.
 */
export function toldOf({
  name,
  version,
  architecture = '',
  size,
  control = {},
}: BuiltPackage): readonly string[] {
  const isOfIt =
    control.Package === name && control.Version === version && control.Architecture === architecture
  if (!isOfIt || !/^[a-z0-9-]+$/.test(architecture) || !Number.isSafeInteger(size)) return []
  const fields = Object.entries(control).map(([field, value]) => [field, shown(value)])
  return [architecture, String(size), JSON.stringify(Object.fromEntries(fields))]
}

/** As shell/describe.ts has it: further lines begin with a space, and there are no control characters but tabs. */
const shown = (value: string): string =>
  value.replaceAll('\n', '\n ').replace(/[\u0001-\u0008\u000b-\u001f\u007f]/g, '')
