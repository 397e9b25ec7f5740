import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'

/** What decides where the state of a user is kept. */
export interface StateWhere {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** Where runs are recorded, one folder each: below XDG_STATE_HOME, else `~/.local/state/gachette/runs`. */
export function runsFolder({ env, home }: StateWhere): string {
  const xdg = env.XDG_STATE_HOME ?? ''
  return join(isAbsolute(xdg) ? xdg : join(home, '.local', 'state'), 'gachette', 'runs')
}

/** Whether a name is that of a run: all that is ever taken for a folder of one. */
export const isRunId = (name: string): boolean => /^\d{8}T\d{9}Z-[0-9a-f]{8}$/.test(name)

/** The files of a run's folder. */
export const REQUEST = 'request.json'
export const EVENTS = 'events.jsonl'

/**
 * The file for what a host prints: its label, with `%` and hex for what a file's name had better not hold. Two labels
 * never share a file.
 */
export function logName(label: string): string {
  const safe = label
    .replace(/[^\w.@:+-]/gu, (char) => Buffer.from(char).toString('hex').replace(/../g, '%$&'))
    .replace(/^\./, '%2e')
  if (safe.length <= 150) return `${safe}.log`
  return `${safe.slice(0, 120)}~${createHash('sha256').update(label).digest('hex').slice(0, 24)}.log`
}

/**
 * Makes a folder that only this user can look into, and what is missing above it. Not `recursive`: that never returns
 * where a parent can never be made. Throws where it cannot be made, or is somebody else's.
 */
export function makePrivateFolder(path: string): void {
  makeAbove(path)
  const stat = lstatSync(path)
  const isOurs = process.geteuid === undefined || stat.uid === process.geteuid()
  if (!stat.isDirectory()) throw new Error(`${path} is no folder`)
  if (!isOurs || (stat.mode & 0o022) !== 0) throw new Error(`others can write to ${path}`)
}

function makeAbove(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  if (path !== dirname(path)) makeAbove(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another run may just have made it.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
