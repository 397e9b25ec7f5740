import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Stack } from '../../src/stack/index.ts'
import { localRemote } from './local-remote.ts'

/** A folder of the test's own, gone when the test ends; in memory, where the test is not about disks. */
export function storeFolder(where: 'disk' | 'memory' = 'disk'): string {
  const base = where === 'memory' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const dir = mkdtempSync(join(base, 'gachette-store-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A store in a folder of the test's own, and one of its stacks. */
export const scene = (shell = '/bin/sh', env: NodeJS.ProcessEnv = process.env) =>
  sceneIn(storeFolder(), shell, env)

/** The same for several tests: whoever makes it removes it. */
export function keptScene() {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-store-'))
  return { ...sceneIn(dir), remove: () => rmSync(dir, { recursive: true, force: true }) }
}

function sceneIn(dir: string, shell = '/bin/sh', env: NodeJS.ProcessEnv = process.env) {
  const metaPath = join(dir, 'meta')
  const remote = localRemote(env, shell)
  const open = (other: string) => new Stack(remote, { metaPath, name: other, who: 'ann@desk' })
  return { dir, metaPath, remote, open, stack: open('1.0.0') }
}

/** Writes files below a folder: path → text. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

/**
 * What a reader of 2013 sees of a stack: package → version. Throws when something on its way (pin, file name, .deb) is
 * missing or empty. `stacks` is the path of the stacks' folder as that reader knows it.
 */
export function readAsIn2013(meta: string, stack: string, stacks = 'stacks'): Record<string, string> {
  const packages = join(meta, stacks, stack, 'packages')
  return Object.fromEntries(
    readdirSync(packages)
      .sort()
      .map((name) => {
        const version = line(join(packages, name, 'version'))
        const file = line(join(meta, 'packages', name, 'version', version, 'file'))
        if (!existsSync(join(meta, 'debs', file))) throw new Error(`${file} is not in the pool`)
        return [name, version]
      }),
  )
}

function line(path: string): string {
  const text = readFileSync(path, 'utf8')
  if (!/^[^\n]+\n$/.test(text)) throw new Error(`${path} is not one line: ${JSON.stringify(text)}`)
  return text.trim()
}
