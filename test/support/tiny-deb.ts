import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A real .deb of a few hundred bytes. */
export interface TinyDeb {
  readonly name: string
  readonly version: string
  readonly fileName: string
  readonly path: string
  readonly sha256: string
}

/**
 * Makes a real package in `folder` with dpkg-deb. `content` makes two of one name and version differ; equal calls give
 * equal bytes. `control` adds lines to the control file.
 */
export function tinyDeb(
  folder: string,
  name: string,
  version: string,
  options: { readonly content?: string; readonly control?: string; readonly fileName?: string } = {},
): TinyDeb {
  const fileName = options.fileName ?? `${name}_${version.replaceAll(':', '%3a')}_all.deb`
  const tree = join(folder, `.${fileName}.tree`)
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Tests <tests@example.org>\n${options.control ?? ''}Description: a tiny package\n`
  writeFileSync(join(tree, 'DEBIAN', 'control'), control)
  writeFileSync(join(tree, name), options.content ?? 'content\n')
  const path = join(folder, fileName)
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, path], {
    stdio: 'pipe',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  })
  rmSync(tree, { recursive: true })
  return {
    name,
    version,
    fileName,
    path,
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
  }
}
