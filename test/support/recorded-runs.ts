import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** Where the runs of a home folder (or of XDG_STATE_HOME) are recorded. */
export const runsIn = (home: string): string =>
  existsSync(join(home, 'gachette')) ? join(home, 'gachette/runs') : join(home, '.local/state/gachette/runs')

/** The folders of a home's recorded runs, the oldest first. */
export const runFolders = (home: string): string[] =>
  readdirSync(runsIn(home))
    .sort()
    .map((run) => join(runsIn(home), run))

/** The entries of a run's journal. */
export const entriesIn = (folder: string): Record<string, unknown>[] =>
  readFileSync(join(folder, 'events.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** What is left of a run whose program was killed right after an entry: nothing follows, and the owner is dead. */
export function killAfter(folder: string, isLast: (entry: Record<string, unknown>) => boolean): void {
  const all = entriesIn(folder)
  const end = all.findIndex(isLast)
  if (end === -1) throw new Error('there is no such entry')
  const kept = all.slice(0, end + 1)
  writeFileSync(join(folder, 'events.jsonl'), kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  giveTo(folder, { pid: 999_999_999 })
}

/** Makes another program the owner of a run. */
export function giveTo(
  folder: string,
  owner: { readonly pid: number; readonly start?: string; readonly machine?: string },
): void {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  const [name = 'owner.1'] = readdirSync(folder)
    .filter((each) => each.startsWith('owner.'))
    .sort()
    .reverse()
  writeFileSync(join(folder, name), JSON.stringify({ start: '1', boot, machine: hostname(), ...owner }))
}

/** When a process began, as the kernel counts it. */
export function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

/** Permission bits of everything in a folder, by path. */
export function modesIn(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    found[name] = (statSync(join(folder, name)).mode & 0o7777).toString(8)
  return found
}
