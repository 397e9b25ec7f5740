import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TinyDeb } from './tiny-deb.ts'

/** What a package of a test is made of. */
export interface DebParts {
  /** Path → text; a path that ends with a slash is an empty folder; a text that begins with `-> ` a link. */
  readonly files?: Readonly<Record<string, string>>
  /** Fields of the control file, beyond the usual ones or instead of them. */
  readonly control?: Readonly<Record<string, string>>
  /** Maintainer scripts by name. */
  readonly scripts?: Readonly<Record<string, string>>
}

/** Makes a real package in `folder`, with files, links, fields and maintainer scripts. Equal calls give equal bytes. */
export function debWithFiles(folder: string, name: string, version: string, parts: DebParts = {}): TinyDeb {
  const fields = {
    Package: name,
    Version: version,
    Architecture: 'all',
    Maintainer: 'Tests <tests@example.org>',
    Description: 'a package of a test',
    ...parts.control,
  }
  const fileName = `${name}_${version.replaceAll(':', '%3a')}_${fields.Architecture}.deb`
  const tree = join(folder, `.${fileName}.tree`)
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
  const control = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`)
  writeFileSync(join(tree, 'DEBIAN', 'control'), control.join(''))
  for (const [script, text] of Object.entries(parts.scripts ?? {}))
    writeFileSync(join(tree, 'DEBIAN', script), text, { mode: 0o755 })
  for (const [path, text] of Object.entries(parts.files ?? {})) {
    const place = join(tree, path)
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true })
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), place)
    else if (!path.endsWith('/')) writeFileSync(place, text)
  }
  const path = join(folder, fileName)
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, path], {
    stdio: 'pipe',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  })
  rmSync(tree, { recursive: true })
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
  return { name, version, fileName, path, sha256 }
}
