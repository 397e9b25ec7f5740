import { UsageError } from '../shell/index.ts'
import { bind, type TaskCall, type TaskDescription } from '../task/index.ts'
import type { RunWith } from './run.ts'

/** Carries a task of ours out that concerns recorded runs; answers the exit code. */
type Word = (args: Readonly<Record<string, unknown>>, using: RunWith) => Promise<number>

/** Those of our own tasks that the program itself carries out: they begin or end runs, or tell of them, and are none. */
const WORDS: Readonly<Record<string, () => Promise<Word>>> = {
  runs: async () => (await import('./runs.ts')).runs,
  log: async () => (await import('./log.ts')).log,
  attach: async () => (await import('./attach.ts')).attach,
  cancel: async () => (await import('./cancel.ts')).cancel,
}

/** The program's own way to carry a line of one task out; undefined for every other line. */
export function recordedWord(
  { first, calls }: { readonly first?: TaskDescription; readonly calls: readonly TaskCall[] },
  using: RunWith,
): (() => Promise<number>) | undefined {
  const [call, ...others] = calls
  if (first?.group !== 'built-in' || call === undefined || others.length > 0) return undefined
  const name = first.name.replace(/^gachette\./, '')
  const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined
  if (word === undefined) return undefined
  return async () => {
    const { project, world, globals } = using
    const looking = globals.dryRun ? '--dry-run' : globals.plan ? '--plan' : undefined
    if (looking !== undefined) throw new UsageError(`${name} runs no task: ${looking} has no meaning for it`)
    const task = await (await project.catalogue()).load(first)
    const setting = (key: string) => project.settings.get(key)
    const { args } = bind(name, task, call, { setting, cwd: world.cwd, warn: () => {} })
    return (await word())(args, using)
  }
}
