import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { Stack, verifyStacks } from '../../src/stack/index.ts'
import type { Remote } from '../../src/task/context.ts'
import { dyingRemote } from './kill-lines.ts'
import { localRemote } from './local-remote.ts'
import { fingerprint, halfDone, type StoreState, storeState } from './store-state.ts'

/** What an edit does to a store, by the stacks that it opens. */
export type Verb = (open: (name: string) => Stack) => Promise<unknown>

/** An edit to be killed, and the store it is of. */
export interface Sweep {
  /** Where the stores are made that are killed. */
  readonly dir: string
  readonly name: string
  readonly template: string
  readonly verb: Verb
  /** Its pins change one by one, each wholly, as an old tool wrote them. */
  readonly isPinwise?: boolean
}

const AT_ONCE = 4

/**
 * Kills an edit at every line that it executes (the first time, and the last time if it writes), and looks at the store that is left,
 * once for each that differs: its stacks are the old ones or the new ones, the next command finishes or goes on, and then
 * nothing is half.
 */
export async function sweepLines(
  sweep: Sweep,
): Promise<{ readonly points: number; readonly states: number }> {
  const { dir, name, template, verb } = sweep
  const own = join(dir, name)
  mkdirSync(own)
  const whole = await copyOf(template, join(own, 'whole'))
  const traced = dyingRemote(join(own, 'whole.trace'), 0)
  await verb(opener(traced.remote, whole))
  expect(halfDone(whole)).toEqual([])
  const [before, after] = [storeState(template), storeState(whole)]
  expect(isSame(before, after), `${name} changes nothing`).toBe(false)
  const known = (await promisify(execFile)('find', [template])).stdout
  const lines = traced.points()
  const points = chosen(lines)
  const states = new Set<string>()
  let next = 0
  const killing = async () => {
    for (let at = points[next++]; at !== undefined; at = points[next++]) {
      const metaPath = await copyOf(template, join(own, `at-${at}`))
      const { remote } = dyingRemote(join(own, `at-${at}.trace`), at)
      const ended = await verb(opener(remote, metaPath)).catch(() => 'killed')
      expect(ended, `at point ${at}`).toBe('killed')
      const state = fingerprint(metaPath, known)
      const isNew = !states.has(state)
      states.add(state)
      if (isNew)
        await look(sweep, { metaPath, before, after }, states.size % 2 === 0).catch((error: unknown) => {
          throw new Error(`${name}, killed at line ${lines[at - 1]}: ${String(error)}`, { cause: error })
        })
      rmSync(metaPath, { recursive: true })
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, killing))
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason
  return { points: points.length, states: states.size }
}

/** After the kill, either a question or the edit again is the next command. */
async function look(
  { template, verb, isPinwise = false }: Sweep,
  { metaPath, before, after }: { metaPath: string; before: StoreState; after: StoreState },
  asksFirst: boolean,
): Promise<void> {
  for (const [stack, pins] of Object.entries(storeState(metaPath).stacks)) {
    const [old, now] = [before.stacks[stack] ?? {}, after.stacks[stack] ?? {}]
    if (!isPinwise) expect([old, now], stack).toContainEqual(pins)
    else
      for (const name of Object.keys({ ...old, ...now, ...pins }))
        expect([old[name], now[name]], `${stack} ${name}`).toContain(pins[name])
  }
  const open = opener(localRemote(), metaPath)
  if (asksFirst) {
    await open('1.2.0').show()
    const asked = storeState(metaPath)
    expect([before, after]).toContainEqual(asked)
    expect(halfDone(metaPath)).toEqual(isSame(asked, before) ? halfDone(template) : [])
  }
  const wasDone = isSame(storeState(metaPath), after)
  await verb(open).catch((error: unknown) => {
    // What is done may be refused now: unpinning what is pinned no more.
    if (!wasDone) throw error
  })
  expect(storeState(metaPath)).toEqual(after)
  expect(halfDone(metaPath)).toEqual([])
  const { problems } = await verifyStacks(localRemote(), localRemote(), { metaPath, quick: true })
  expect(problems).toEqual([])
}

const opener = (remote: Remote, metaPath: string) => (name: string) =>
  new Stack(remote, { metaPath, name, who: 'ann@desk' })

async function copyOf(template: string, to: string): Promise<string> {
  await promisify(execFile)('cp', ['-a', template, to])
  return to
}

const isSame = (one: StoreState, other: StoreState): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The first time that each line is reached; also the last time, where it writes. */
function chosen(lines: readonly string[]): readonly number[] {
  const ends = new Map<string, readonly [first: number, last: number]>()
  lines.forEach((line, at) => {
    const first = ends.get(line)?.[0] ?? at + 1
    ends.set(line, [first, line.endsWith('!') ? at + 1 : first])
  })
  return [...new Set([...ends.values()].flat())].sort((a, b) => a - b)
}
