import { afterEach, expect, test, vi } from 'vitest'
import { recordedEvents, recordedLog, recordedRuns } from '../../src/index.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { fakeHosts } from '../support/fake-session.ts'

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
