import { isDeepStrictEqual } from 'node:util'
import { TaskError } from '../shell/index.ts'
import type { StepScope } from './carry-out.ts'

interface Wanted<T> {
  readonly name: string
  readonly work: () => Promise<T>
  readonly dryRun: boolean
}

/**
 * What was noted under a name, now or in an earlier attempt of this run; else does the work and notes what it answers.
 * Work that fails is noted by nobody, and may be done again.
 */
export async function once<T>(
  scope: StepScope,
  notes: Map<string, unknown>,
  { name, work, dryRun }: Wanted<T>,
): Promise<T> {
  const { on } = scope.id
  const noted = on === undefined ? name : `${name} (${on})`
  // It was noted by the same task under the same name; while the work is being done, a promise stands for it.
  if (notes.has(noted)) return notes.get(noted) as T | Promise<T>
  const doing = work()
  notes.set(noted, doing)
  try {
    const value = await doing
    if (dryRun) return value
    checkPlain(value, scope, name)
    scope.emit({ type: 'noted', ...scope.id, name: noted, value })
    return value
  } catch (error) {
    notes.delete(noted)
    throw error
  }
}

function checkPlain(value: unknown, { masks, where }: StepScope, name: string): void {
  const wrong = (what: string) =>
    new TaskError(`${where}: what once('${name}') answers ${what}, and cannot be noted`)
  if (value === undefined) return
  const text = textOf(value)
  if (text === undefined || !isDeepStrictEqual(JSON.parse(text), value)) throw wrong('is no plain JSON')
  if (masks.text(text) !== text) throw wrong('holds a secret')
}

/** Undefined for what JSON cannot hold: a function, a circle, a bigint. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
