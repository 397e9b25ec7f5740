import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import {
  defineTask,
  onHost,
  recordedEvents,
  recordedLog,
  recordedRuns,
  recorder,
  run,
} from '../../src/index.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { fakeHosts } from '../support/fake-session.ts'
import { modesIn, runFolders } from '../support/recorded-runs.ts'

const made: CommandLine[] = []
afterEach(() => {
  vi.unstubAllEnvs()
  for (const line of made.splice(0)) line.remove()
})

test('a program finds the runs of its user, and what happened in them', async () => {
  const line = commandLine({ hosts: fakeHosts(() => ({ stdout: ['up\n'] })) })
  made.push(line)
  vi.stubEnv('XDG_STATE_HOME', `${line.home}/.local/state`)
  await line.gachette('-H', 'web1', '--', 'uptime')
  expect(await recordedRuns()).toMatchObject([{ line: '-H web1 -- uptime', state: { type: 'done' } }])
  const pieces: string[] = []
  for await (const piece of recordedLog('last', 'web1')) pieces.push(piece)
  expect(pieces.join('')).toBe('up\n')
  await expect(recordedLog('last', 'web2').next()).rejects.toThrow('had no host "web2"')
  const types: string[] = []
  for await (const { type } of recordedEvents('last')) types.push(type)
  expect(types).toEqual([
    'run-started',
    'step-started',
    'host-connected',
    'command-started',
    'output',
    'command-ended',
    'step-ended',
    'run-ended',
  ])
})

test('a program records its own runs: runs, log and cancel know them, attach says that it cannot', async () => {
  const line = commandLine()
  made.push(line)
  vi.stubEnv('XDG_STATE_HOME', `${line.home}/.local/state`)
  const greet = defineTask({
    summary: 'greet',
    params: { whom: { type: 'string' } },
    run: async ({ run }, { whom }) => void (await run`echo hello ${whom}`),
  })
  const where = { cwd: line.dir, settings: { sudo_password: 'pass-1234', log_limit: 7 } }
  const onEvent = await recorder(where)
  await run({ tasks: [[greet, { whom: 'Jo' }]], hosts: ['local'], ...where, onEvent })
  await onHost('local', (remote) => remote.run`echo from a script; false`, { ...where, onEvent }).catch(
    () => {},
  )
  await run({ tasks: [[greet, { whom: 'Jo' }]], hosts: ['local'], ...where, onEvent, dryRun: true })
  expect(await recordedRuns()).toMatchObject([
    { hosts: ['local'], state: { type: 'failed', exitCode: 1 } },
    { line: expect.stringMatching(/: greet whom="Jo"$/), state: { type: 'done' } },
  ])
  expect((await line.gachette('log', 'last~1', 'local')).stdout).toBe('hello Jo\n')
  const told = await line.gachette('log', 'last')
  expect(told.stdout).toContain('from a script')
  expect(told.stderr).not.toContain('gachette --')
  for (const how of [
    ['attach', 'last'],
    ['--resume', 'last'],
    ['--failed', 'last'],
  ])
    expect(await line.gachette(...how)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^the run \S+ was begun by a program, and no line does it again\n/),
    })
  expect((await line.gachette('cancel', 'last')).stderr).toContain('is running: failed (exit 1)')
  const [folder = ''] = runFolders(line.home)
  for (const name of readdirSync(folder))
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('pass-1234')
  expect(new Set(Object.values(modesIn(folder)))).toEqual(new Set(['600']))
})

test('where a program cannot record, it hears so, and its run goes on', async () => {
  const line = commandLine()
  made.push(line)
  line.write('state', '')
  vi.stubEnv('XDG_STATE_HOME', join(line.dir, 'state'))
  const said: string[] = []
  const onEvent = await recorder({ cwd: line.dir, warn: (message) => void said.push(message) })
  expect(await onHost('local', (remote) => remote.ask`echo up`, { cwd: line.dir, onEvent })).toBe('up')
  expect(said).toEqual([expect.stringMatching(/^this run is not recorded: /)])
  vi.stubEnv('XDG_STATE_HOME', join(line.dir, 'other'))
  const none = await recorder({ cwd: line.dir, settings: { runs_kept: 0 } })
  await onHost('local', (remote) => remote.run`true`, { cwd: line.dir, onEvent: none })
  expect(await recordedRuns()).toEqual([])
})
