import { lstatSync, mkdirSync, type Stats } from 'node:fs'
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
  const xdg = env.XDG_CACHE_HOME ?? ''
  const base = isAbsolute(xdg) ? xdg : join(home, '.cache')
  const dir = join(base, 'gachette')
  try {
    for (const path of [base, dir]) make(path)
    const stat = folder(dir)
    const isOurs = process.getuid === undefined || stat?.uid === process.getuid()
    return stat?.isDirectory() && isOurs && (stat.mode & 0o022) === 0 ? dir : undefined
  } catch {
    return undefined
  }
}

const folder = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

/** Not `recursive`: that never returns where a parent can never be made, as below /proc (nodejs/node, seen on 20.20). */
function make(path: string): void {
  if (folder(path) === undefined) mkdirSync(path, { mode: 0o700 })
}
