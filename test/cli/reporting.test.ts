import { expect, test } from 'vitest'
import { readGlobals } from '../../src/cli/options.ts'
import { reporting } from '../../src/cli/reporting.ts'
import type { World } from '../../src/cli/streams.ts'

/** How a run is reported with such an environment, to a terminal or not. */
function looks(env: World['env'], isTTY: boolean, ...flags: readonly string[]): string {
  const world = { env, stdout: { isTTY }, stderr: {} } as unknown as World
  const { globals } = readGlobals(flags)
  const told = reporting({ globals, world, isSerial: true }, [])
  const words = [
    told.isTTY && 'drawn',
    told.color && 'coloured',
    told.ci,
    told.fold && 'folded',
    told.json && 'JSON',
  ]
  return words.filter((word) => typeof word === 'string').join(' ')
}

test.each<[World['env'], string, string]>([
  [{}, 'drawn coloured', ''],
  [{ TERM: 'dumb' }, '', ''],
  [{ NO_COLOR: '1' }, 'drawn', ''],
  [{ NO_COLOR: '' }, 'drawn coloured', ''],
  [{ FORCE_COLOR: '1' }, 'drawn coloured', 'coloured'],
  [{ FORCE_COLOR: '0' }, 'drawn', ''],
  [{ FORCE_COLOR: '' }, 'drawn coloured', ''],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, 'drawn', ''],
  [{ GITHUB_ACTIONS: 'true' }, 'drawn coloured github', 'coloured github'],
  [{ GITHUB_ACTIONS: 'false' }, 'drawn coloured', ''],
  [{ GITLAB_CI: 'true', NO_COLOR: '1' }, 'drawn gitlab', 'gitlab'],
])('with %j a terminal is %j, and anything else %j', (env, atTerminal, elsewhere) => {
  expect([looks(env, true), looks(env, false)]).toEqual([atTerminal, elsewhere])
})

test('--fold and --json are passed on', () => {
  expect([looks({}, false, '--fold'), looks({}, false, '--json')]).toEqual(['folded', 'JSON'])
})
