import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'

// `-l` is what shells ask for at every completion: this file is all that answering it loads.

/** Where a listing is asked for, and what chooses its settings. */
export interface ListingPlace extends CacheWhere {
  readonly cwd: string
  readonly configFile?: string | undefined
}

/** A listing as it was printed, and the state of everything it follows from. */
export interface KeptListing {
  /** See `placeOf`: the name of an index may be shared by two long folders. */
  readonly place: string
  /** Path and stamp of what was looked at: settings files that are or may come to be, task files, folders, our own code. */
  readonly looked: readonly (readonly [path: string, stamp: string | null])[]
  readonly text: string
  readonly json: string
}

/** `-l`, `--list`, with `--json` and `-c FILE` before or after it, from the index of tasks while it holds; else undefined. */
export function quickAnswer(argv: readonly string[], place: ListingPlace): string | undefined {
  const asked = listingOf(argv)
  if (asked === undefined) return undefined
  // What variables say of settings is for those who know the settings.
  if (Object.keys(place.env).some((name) => name.startsWith('GACHETTE_'))) return undefined
  const { configFile } = asked
  const cacheDir = privateCacheDir(place)
  const kept = cacheDir && readOwn(`${cacheDir}/${indexName({ ...place, configFile })}`)
  const listing = listingIn(kept)
  if (listing?.place !== placeOf({ ...place, configFile })) return undefined
  if (!listing.looked.every(([path, stamp]) => stampOf(path) === stamp)) return undefined
  return asked.isJson ? listing.json : listing.text
}

/** What a listing belongs to, as text. */
export const placeOf = ({ cwd, home, configFile }: Omit<ListingPlace, 'env'>): string =>
  JSON.stringify([cwd, home, configFile ?? null])

/** One index for each working directory and settings file. */
export function indexName({ cwd, configFile }: Pick<ListingPlace, 'cwd' | 'configFile'>): string {
  const name = Buffer.from(`${cwd}\0${configFile ?? ''}`).toString('base64url')
  return name.length < 200 ? `tasks-${name}.json` : `tasks-${name.length}-${name.slice(-180)}.json`
}

/** The text of a file that this user wrote and nobody else can; undefined for every other. */
export function readOwn(path: string): unknown {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const stat = fstatSync(file)
    if (!stat.isFile() || (stat.mode & 0o022) !== 0) return undefined
    if (process.getuid !== undefined && stat.uid !== process.getuid()) return undefined
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** What changes when a file or a folder's list of names does; a repository's folder is there or not, it changes all day. */
export function stampOf(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return null
    return path.endsWith('/.git')
      ? 'there'
      : `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
  } catch {
    return null
  }
}

/** Undefined where anything else is said. */
function listingOf(argv: readonly string[]) {
  const rest = [...argv]
  let [isList, isJson] = [false, false]
  let configFile: string | undefined
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-l' || word === '--list') isList = true
    else if (word === '--json') isJson = true
    else if (word === '-c' || word === '--config') configFile = rest.shift()
    else return undefined
  }
  return isList ? { isJson, configFile } : undefined
}

function listingIn(kept: unknown): KeptListing | undefined {
  if (typeof kept !== 'object' || kept === null || !('listing' in kept)) return undefined
  const { listing } = kept
  if (typeof listing !== 'object' || listing === null || !('looked' in listing)) return undefined
  const { place, looked, text, json } = listing as Partial<Record<keyof KeptListing, unknown>>
  if (typeof place !== 'string' || typeof text !== 'string' || typeof json !== 'string') return undefined
  return isLooked(looked) ? { place, looked, text, json } : undefined
}

const isLooked = (looked: unknown): looked is KeptListing['looked'] =>
  Array.isArray(looked) && looked.every((each) => Array.isArray(each) && typeof each[0] === 'string')

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
