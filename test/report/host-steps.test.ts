import { expect, test } from 'vitest'
import { HostSteps } from '../../src/report/host-steps.ts'

const planned = [0, 1].map((step) => ({ step, name: `step${step}` }))
/** What the picture says of a host whose two steps ended so. */
function judged(...ends: readonly ('done' | 'failed' | 'skipped')[]): string {
  const steps = new HostSteps('web1', planned, () => [])
  for (const [at, end] of ends.entries()) {
    if (end !== 'skipped') steps.start(at)
    steps.finish(at, end)
  }
  return steps.state
}

test.each([
  [[], 'waiting'],
  [['done'], 'waiting'],
  [['done', 'done'], 'done'],
  [['failed', 'skipped'], 'failed'],
  [['skipped', 'skipped'], 'skipped'],
  [['done', 'skipped'], 'skipped'],
] as const)('a host whose steps ended %j is %s', (ends, state) => {
  expect(judged(...ends)).toBe(state)
})
