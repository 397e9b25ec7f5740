import { isDeepStrictEqual } from 'node:util'
import { TaskError } from '../shell/index.ts'
import type { StepScope } from './carry-out.ts'

interface Wanted<T> {
  readonly name: string
  readonly work: () => Promise<T>
  readonly dryRun: boolean
}

/** What an earlier attempt of this run has noted under a name; else does the work and notes what it answers. */
export async function once<T>(
  scope: StepScope,
  notes: ReadonlyMap<string, unknown>,
  { name, work, dryRun }: Wanted<T>,
): Promise<T> {
  const { on } = scope.id
  const noted = on === undefined ? name : `${name} (${on})`
  // It was noted by the same task under the same name, and was plain JSON then.
  if (notes.has(noted)) return notes.get(noted) as T
  const value = await work()
  if (dryRun) return value
  const text = JSON.stringify(value)
  const wrong = (what: string) =>
    new TaskError(`${scope.where}: what once('${name}') answers ${what}, and cannot be noted`)
  if (value !== undefined && !isDeepStrictEqual(JSON.parse(text ?? 'null'), value))
    throw wrong('is no plain JSON')
  if (text !== undefined && scope.masks.text(text) !== text) throw wrong('holds a secret')
  scope.emit({ type: 'noted', ...scope.id, name: noted, value })
  return value
}
