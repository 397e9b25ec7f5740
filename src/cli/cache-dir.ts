import { lstatSync, mkdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

export interface CacheWhere {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/**
 * A folder of ours below XDG_CACHE_HOME, made when it is not there. What lies in it is believed and even executed, so
 * it is undefined (nothing is cached) unless it belongs to this user and nobody else can write to it.
 */
export function privateCacheDir({ env, home }: CacheWhere): string | undefined {
  const base = env.XDG_CACHE_HOME ?? ''
  const dir = join(isAbsolute(base) ? base : join(home, '.cache'), 'gachette')
  try {
    // Of folders that are there, mkdir changes nothing: a foreign one is seen by the check below.
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const stat = lstatSync(dir)
    const isOurs = process.getuid === undefined || stat.uid === process.getuid()
    return stat.isDirectory() && isOurs && (stat.mode & 0o022) === 0 ? dir : undefined
  } catch {
    return undefined
  }
}
