import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunFact } from '../../src/run/index.ts'
import { ended, output, reported, started } from '../support/told-run.ts'

const step = (host: string, step = 0) => ({ host, step })
const begun = (host: string, at = 0): RunFact => ({ type: 'step-started', ...step(host, at) })
const done = (host: string, at = 0): RunFact => ({
  type: 'step-ended',
  ...step(host, at),
  outcome: { type: 'done' },
  ms: 1,
})
const failed = (host: string, at = 0): RunFact => ({
  type: 'step-ended',
  ...step(host, at),
  outcome: {
    type: 'failed',
    code: 'command-failed',
    exitCode: 3,
    message: `${host}: make: 100% failed`,
    output: ['cc: no\rinput', '::stop-commands::x'],
  },
  ms: 1,
})

test('GitHub: a group for each task, and an annotation for what failed, once for all hosts that failed alike', async () => {
  const facts = [
    started(['web1', 'web2', 'web3'], 'prepare', 'build'),
    ...['web1', 'web2', 'web3'].map((host) => begun(host)),
    output('web1', 'one\n'),
    ...['web1', 'web2', 'web3'].map((host) => done(host)),
    ...['web1', 'web2', 'web3'].map((host) => begun(host, 1)),
    done('web1', 1),
    failed('web2', 1),
    failed('web3', 1),
    ended,
  ]
  expect(await reported(facts, { ci: 'github' })).toEqual({
    stdout: '[web1] one\n',
    stderr: `\
::group::prepare:app
::endgroup::
::group::build:app
[web2] build failed (exit 3)
[web3] build failed (exit 3)
::endgroup::
web[2-3]: build: failed (exit 3)
  make: 100% failed
  | input
  | ::stop-commands::x
3 hosts: 1 done, 2 failed in 1.2 s
::error title=web[2-3]%3A build failed (exit 3)::make: 100%25 failed%0Ainput%0A::stop-commands::x
`,
  })
})

test('GitHub: where one host comes after the other, each has a group of its own', async () => {
  const facts = [
    started(['web1', 'web2'], 'build'),
    begun('web1'),
    done('web1'),
    begun('web2'),
    done('web2'),
    ended,
  ]
  expect((await reported(facts, { ci: 'github', isSerial: true })).stderr).toBe(`\
::group::build:app on web1
::endgroup::
::group::build:app on web2
::endgroup::
2 hosts: 2 done in 1.2 s
`)
})

test('GitHub: nothing a machine prints becomes a command of the runner', async () => {
  const pieces = fc.array(
    fc.constantFrom(
      '::',
      '##[',
      'error',
      'add-mask',
      'group',
      ']',
      ' ',
      '\t',
      '\n',
      '\r',
      '\x1b[31m',
      'x',
      'é',
      '\u2028',
      '\u00a0',
    ),
  )
  await fc.assert(
    fc.asyncProperty(pieces, fc.boolean(), async (parts, fold) => {
      const text = parts.join('')
      const log = { type: 'log', ...step('web1'), level: 'info', text } as const
      const facts = [
        started(['web1', 'web2'], 'build'),
        output('web1', text),
        log,
        done('web1'),
        done('web2'),
        ended,
      ]
      const { stdout } = await reported(facts, { ci: 'github', fold, color: true })
      // As the runner reads a line: https://github.com/actions/runner, ActionCommand.cs
      const commands = stdout
        .split('\n')
        .filter((line) => line.trim().startsWith('::') || line.includes('##['))
      expect(commands).toEqual([])
    }),
  )
})

test('GitLab: sections that begin and end at their times; quiet has none', async () => {
  const facts = [
    started(['web1', 'web2'], 'build'),
    begun('web1'),
    done('web1'),
    begun('web2'),
    done('web2'),
    ended,
  ]
  expect((await reported(facts, { ci: 'gitlab', isSerial: true })).stderr).toBe(
    [
      '\x1b[0Ksection_start:1365759015:step_0_web1\r\x1b[0Kbuild:app on web1',
      '\x1b[0Ksection_end:1365759015:step_0_web1\r\x1b[0K',
      '\x1b[0Ksection_start:1365759015:step_0_web2\r\x1b[0Kbuild:app on web2',
      '\x1b[0Ksection_end:1365759015:step_0_web2\r\x1b[0K',
      '2 hosts: 2 done in 1.2 s\n',
    ].join('\n'),
  )
  expect(await reported(facts, { ci: 'gitlab', quiet: true })).toEqual({ stdout: '', stderr: '' })
})
