import { rm } from 'node:fs/promises'
import type { StateWhere } from './place.ts'
import { folders } from './runs.ts'
import { stateOf } from './state.ts'

const DAY_MS = 86_400_000
const OLD_DAYS = 90

/**
 * Removes what is older than 90 days, and of the rest the oldest beyond `kept`. A run that goes on stays, and so does
 * one whose jobs may still run, unless it is old. Never rejects: what cannot be removed now will be the next time.
 */
export async function prune(where: StateWhere, kept: number, now: number = Date.now()): Promise<void> {
  for (const [at, { run, folder }] of folders(where).entries()) {
    const isOld = now - startOf(run) > OLD_DAYS * DAY_MS
    if (!isOld && at < kept) continue
    if (!isNeeded(folder, isOld)) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

function isNeeded(folder: string, isOld: boolean): boolean {
  try {
    const state = stateOf(folder)
    if (state.type === 'running') return state.isHere || !isOld
    return !isOld && 'jobs' in state && state.jobs.length > 0
  } catch {
    // A newer program knows what it is good for; when it is old, nobody does any more.
    return !isOld
  }
}

/** The start is in the name: `20130412T093015482Z-…`. */
function startOf(run: string): number {
  const [, day = '', time = '', ms = ''] = /^(\d{8})T(\d{6})(\d{3})Z/.exec(run) ?? []
  const date = day.replace(/(....)(..)(..)/, '$1-$2-$3')
  return Date.parse(`${date}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}.${ms}Z`)
}
