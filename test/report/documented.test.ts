import { afterEach, expect, test } from 'vitest'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { declared, documented, problemsOf } from '../support/documented-events.ts'
import { exited, fakeHosts } from '../support/fake-session.ts'

test('docs/events.md has every type of event with its fields, and no other', () => {
  expect(documented('Events')).toEqual(declared('src/run/events.ts', 'RunFact'))
})

test('docs/events.md has every way in which a command can end', () => {
  const all = declared('src/session/outcome.ts', 'CommandOutcome')
  expect(documented('How a command ended')).toEqual(all)
})

test('docs/events.md has every way in which a step can end', () => {
  const all = declared('src/run/events.ts', 'StepOutcome', ['Failure'])
  expect(documented('How a step ended')).toEqual(all)
})

let line: CommandLine | undefined
afterEach(() => line?.remove())

const TASKS = `
import { defineTask } from 'gachette'
export const deploy = defineTask({
  summary: 'Deploy',
  params: {},
  async run({ run, ask, check, log, once }) {
    await run\`make\`
    await ask\`hostname\`
    await check\`true\`
    await once('day', () => 'Friday')
    log('made')
    return { made: true }
  },
})
export const fail = defineTask({ summary: 'Fail', params: {}, run: ({ run }) => run\`false\` })
`

test('what --json prints of a run is as documented', async () => {
  const hosts = fakeHosts((_, command) => (command === 'false' ? exited(3) : { stdout: ['y\n'] }))
  line = commandLine({ files: { 'gachette.tasks.ts': TASKS }, hosts })
  const { stdout, stderr, exitCode } = await line.gachette(
    '--json',
    '--keep-going',
    '--batch',
    '1',
    '-H',
    'web1,web2',
    'deploy:',
    'fail:',
  )
  expect([exitCode, stderr]).toEqual([1, ''])
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as { readonly type: string })
  expect(events.flatMap(problemsOf)).toEqual([])
  const types = [
    'run-started',
    'batch-started',
    'host-connected',
    'step-started',
    'command-started',
    'output',
  ]
  const more = ['command-ended', 'noted', 'log', 'step-ended', 'run-ended']
  expect([...new Set(events.map(({ type }) => type))].sort()).toEqual([...types, ...more].sort())
})
