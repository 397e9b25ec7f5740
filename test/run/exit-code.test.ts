import { expect, test } from 'vitest'
import type { StepOutcome } from '../../src/run/events.ts'
import { exitCodeOf } from '../../src/run/exit-code.ts'

const message = ''
const remote = { type: 'unknown' } as const
const done: StepOutcome = { type: 'done' }
const failed: StepOutcome = { type: 'failed', code: 'command-failed', exitCode: 7, message }
const usage: StepOutcome = { type: 'failed', code: 'usage', message }
const signalled: StepOutcome = { type: 'signalled', signal: 'SIGKILL', message }
const timedOut: StepOutcome = { type: 'timed-out', afterMs: 1, remote, message }
const lost: StepOutcome = { type: 'lost', remote, message }
const unreachable: StepOutcome = { type: 'unreachable', code: 'host-key-changed', message }
const cancelled: StepOutcome = { type: 'cancelled', remote }
const skipped: StepOutcome = { type: 'skipped', because: 'one failed' }

const run = { cancelled: false, wasStopped: false, skipBadHosts: false }

test.each<[number, readonly StepOutcome[]]>([
  [0, []],
  [0, [done, done]],
  [1, [done, failed]],
  [1, [signalled]],
  [1, [timedOut]],
  [1, [lost]],
  [2, [usage, skipped]],
  [1, [usage, failed]],
  [3, [unreachable, skipped, done]],
  [1, [unreachable, failed]],
  [130, [cancelled]],
  [130, [unreachable, failed, cancelled]],
])('answers %i for %j', (code, outcomes) => {
  expect(exitCodeOf(outcomes, run)).toBe(code)
})

test('answers 130 when the cancelled run skipped something', () => {
  expect(exitCodeOf([done, skipped], { ...run, cancelled: true })).toBe(130)
})

test('answers 0 when everything was done before the run could be cancelled', () => {
  expect(exitCodeOf([done, done], { ...run, cancelled: true })).toBe(0)
})

test.each<[number, readonly StepOutcome[]]>([
  [1, [unreachable, skipped]],
  [1, [usage, skipped]],
  [1, [failed, skipped]],
  [130, [cancelled, skipped]],
])('answers %i when max_fail or the canary kept something from being begun, for %j', (code, outcomes) => {
  expect(exitCodeOf(outcomes, { ...run, wasStopped: true })).toBe(code)
})

test('answers 1 when an unreachable canary stopped a run that skips bad hosts', () => {
  expect(exitCodeOf([unreachable, skipped], { ...run, wasStopped: true, skipBadHosts: true })).toBe(1)
})
