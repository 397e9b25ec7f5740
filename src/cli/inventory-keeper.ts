import { createHash } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InventoryKeeper } from '../config/index.ts'
import { privateCacheDir, readOwn, stampOf } from './quick.ts'
import type { World } from './streams.ts'

/**
 * Keeps answers of inventory programs in the private cache folder. An answer belongs to the program as it was, its
 * arguments, the working directory and the whole environment: another AWS_PROFILE has other hosts.
 */
export function inventoryKeeper(world: Pick<World, 'env' | 'home' | 'cwd'>): InventoryKeeper | undefined {
  const folder = privateCacheDir(world)
  if (folder === undefined) return undefined
  const fileOf = (words: readonly string[]) => join(folder, `inventory-${keyOf(words, world)}.json`)
  return {
    read(words, maxAgeMs) {
      const kept = readOwn(fileOf(words))
      if (typeof kept !== 'object' || kept === null) return undefined
      const { at, text } = kept as Partial<Record<'at' | 'text', unknown>>
      if (typeof at !== 'number' || typeof text !== 'string') return undefined
      const age = Date.now() - at
      return age >= 0 && age < maxAgeMs ? text : undefined
    },
    write(words, text) {
      const file = fileOf(words)
      const beside = `${file}.${process.pid}`
      try {
        writeFileSync(beside, JSON.stringify({ at: Date.now(), text }), { mode: 0o600, flag: 'wx' })
        renameSync(beside, file)
      } catch {
        // A cache that cannot be written is no reason to stop.
        rmSync(beside, { force: true })
      }
    },
  }
}

/** Shells count their depth and remember the last command in variables: those change without meaning anything. */
const IDLE = new Set(['_', 'SHLVL', 'OLDPWD'])

function keyOf(words: readonly string[], { env, cwd }: Pick<World, 'env' | 'cwd'>): string {
  const [program = ''] = words
  const stamp = program.includes('/') ? stampOf(program) : null
  const said = Object.entries(env)
    .filter(([name]) => !IDLE.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([words, stamp, cwd, said]))
    .digest('hex')
}
