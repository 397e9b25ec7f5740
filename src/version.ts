import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this program's package.json: src/ and dist/src/ are one and two folders below it. */
const packageDir = ['..', '../..']
  .map((up) => join(dirname(fileURLToPath(import.meta.url)), up))
  .find((dir) => existsSync(join(dir, 'package.json')))

/** This program's version, as in its package.json: `0.1.0`. */
export const version: string = versionIn(packageDir)

/**
 * What a report of a fault needs: this program, what it runs on, and the commit it was built from where that is
 * known.
 */
export async function programVersions(): Promise<{
  readonly gachette: string
  readonly node: string
  readonly nodeSsh: string
  readonly revision: string | null
}> {
  const { createRequire } = await import('node:module')
  const nodeSsh = createRequire(import.meta.url).resolve('node-ssh')
  return {
    gachette: version,
    node: process.versions.node,
    nodeSsh: versionIn(folderAbove(nodeSsh)),
    revision: await revision(),
  }
}

async function revision(): Promise<string | null> {
  // Only our own repository: an installed gachette may lie in somebody else's.
  if (packageDir === undefined || !existsSync(join(packageDir, '.git'))) return null
  const { execFileSync } = await import('node:child_process')
  try {
    const told = execFileSync('git', ['-C', packageDir, 'rev-parse', 'HEAD'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return told.toString().trim()
  } catch {
    return null
  }
}

function folderAbove(file: string): string | undefined {
  const dir = dirname(file)
  if (existsSync(join(dir, 'package.json'))) return dir
  return dir === file ? undefined : folderAbove(dir)
}

function versionIn(dir: string | undefined): string {
  if (dir === undefined) return 'unknown'
  return /"version":\s*"([^"]+)"/.exec(readFileSync(join(dir, 'package.json'), 'utf8'))?.[1] ?? 'unknown'
}
