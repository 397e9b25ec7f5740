import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Everything in a folder but its own `.git` folder: path → mode and contents, in order. */
export function treeOf(dir: string, prefix = ''): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(dir, prefix)).sort()) {
    const path = prefix === '' ? name : `${prefix}/${name}`
    if (path === '.git') continue
    const stat = lstatSync(join(dir, path))
    const mode = (stat.mode & 0o7777).toString(8)
    if (stat.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(dir, path))}`
    else if (stat.isDirectory()) Object.assign(found, { [path]: mode }, treeOf(dir, path))
    else found[path] = `${mode} ${readFileSync(join(dir, path), 'latin1')}`
  }
  return found
}
