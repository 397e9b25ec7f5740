import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { thereAndThen } from '../../src/cli/again.ts'
import { readGlobals } from '../../src/cli/options.ts'
import type { World } from '../../src/cli/streams.ts'
import { wiring } from '../../src/cli/wiring.ts'
import { defineTask } from '../../src/index.ts'
import { recordOf } from '../../src/journal/record.ts'
import * as ours from '../../tasks/index.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { exited, fakeHosts, type Script } from '../support/fake-session.ts'
import { entriesIn, killAfter, runFolders } from '../support/recorded-runs.ts'

const made: CommandLine[] = []
afterEach(() => {
  for (const line of made.splice(0)) line.remove()
})
const check = defineTask({ summary: 'Check', run: async ({ run }) => void (await run`check`) })

/** Hosts that say of every job that it was over. */
const overThere: Script = (_, command) => {
  const marker = /marker=(gachette-[0-9a-f]+)/.exec(command)?.[1]
  return marker === undefined ? exited(3) : { stderr: [`${marker} job over\n${marker} job end gone\n`] }
}

function begin() {
  const line = commandLine({ builtIn: { check, ...ours }, hosts: fakeHosts(overThere, ['web1']) })
  made.push(line)
  return { ...line, folder: () => runFolders(line.home).at(-1) ?? '' }
}
/** What became of the steps, as the journal has it. */
const ends = (folder: string) =>
  entriesIn(folder).flatMap(({ type, host, outcome }) =>
    type === 'step-ended' ? [`${host} ${(outcome as { type: string }).type}`] : [],
  )

test('cancel of a run that had ended tells anew what had a job, and nothing else', async () => {
  const { gachette, folder } = begin()
  await gachette('-H', 'web1,web2,web3', '--keep-going', 'check')
  expect(ends(folder())).toEqual(['web1 unreachable', 'web2 failed', 'web3 failed'])
  // As if the connection to web3 had been lost while a job ran there.
  const path = join(folder(), 'events.jsonl')
  const text = readFileSync(path, 'utf8')
    .replace(/("step-ended","host":"web3".*?)"type":"failed"/, '$1"type":"lost","remote":{"type":"unknown"}')
    .replace('"type":"run-ended"', '"type":"run-ended","jobs":[{"host":"web3","step":0,"job":"j"}]')
  writeFileSync(path, text)
  const { exitCode, stdout } = await gachette('cancel', 'last')
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'web3: the job j was over\n' })
  expect(ends(folder()).slice(3)).toEqual(['web3 cancelled'])
})

test('cancel of an interrupted run: what was not tried is cancelled, what had ended stays', async () => {
  const { gachette, folder } = begin()
  await gachette('-H', 'web1,web2,web3', '--keep-going', 'check')
  killAfter(folder(), ({ type, host }) => type === 'step-ended' && host === 'web1')
  const job = {
    v: 1,
    time: '',
    type: 'job-started',
    host: 'web2',
    step: 0,
    command: 0,
    job: 'j',
    joined: false,
  }
  appendFileSync(join(folder(), 'events.jsonl'), `${JSON.stringify(job)}\n`)
  expect((await gachette('cancel', 'last')).exitCode).toBe(0)
  expect(ends(folder())).toEqual(['web1 unreachable', 'web2 cancelled', 'web3 cancelled'])
})

test('a run that left very many jobs has ended as it has', async () => {
  const { gachette, folder } = begin()
  await gachette('-H', 'web2', 'check')
  const path = join(folder(), 'events.jsonl')
  const jobs = Array.from({ length: 1500 }, (_, at) => ({
    host: `web${at}`,
    step: 0,
    job: `a-rather-long-name-${at}`,
  }))
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(
      '"type":"run-ended"',
      `"type":"run-ended","jobs":${JSON.stringify(jobs)}`,
    ),
  )
  killAfter(folder(), ({ type }) => type === 'run-ended')
  expect((await gachette('runs')).stdout).toContain('  failed (exit 1); 1500 jobs may still run  ')
})

test('what was typed in secret is no *** where jobs are ended: then settings and prompts are asked', async () => {
  const { gachette, dir, home, folder } = begin()
  await gachette('-H', 'web2', '--set', 'password=pass-1234', '--set', 'port=2222', 'check')
  const record = recordOf('it', folder())
  expect(record.withheld).toEqual(['the setting password'])
  const world = { env: {}, cwd: dir, home, stdin: {}, stdout: {}, stderr: {} } as World
  const { project } = await thereAndThen(record, { globals: readGlobals([]).globals, world, wiring })
  expect(project.settings.get('password')).toBeUndefined()
  expect(project.settings.get('port')).toBe(2222)
})
