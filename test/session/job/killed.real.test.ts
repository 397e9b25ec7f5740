import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startAndFollow } from '../../../src/session/job/commands.ts'
import { parseJobName } from '../../../src/session/job/index.ts'
import { MarkerReader } from '../../../src/session/job/reader.ts'
import { render, shellLine } from '../../../src/shell/index.ts'
import { killingShims, type Shims } from '../../support/kill-at.ts'
import { describeWith } from '../../support/needs.ts'

// All that the scripts of a job start. Its own command starts nothing.
const PROGRAMS = 'cat date df find flock grep ls mkdir mv rm setsid sleep tail touch'

describeWith(['flock', 'setsid'], 'a job whose far side is killed', () => {
  let dir: string
  let shims: Shims
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'gachette-job-'))
    shims = killingShims(dir, PROGRAMS)
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  /** Starts a job as a run would, in a process group of its own that dies before the n-th program it starts. */
  async function start(place: string, run: string, killAt = 0) {
    const key = { name: parseJobName('job'), token: `${run}${Math.random().toString(16).slice(2)}`, run }
    const line = shellLine(`read -r told; echo ran >>${place}/ran; echo "out $told"; echo err >&2`)
    const { command, marker } = startAndFollow(key, line, { fed: true })
    const script = join(place, `${run}.sh`)
    writeFileSync(script, render(command).text)
    const env = { ...shims.env(killAt), HOME: place, XDG_STATE_HOME: place }
    const child = spawn('/bin/sh', [script], { env, detached: true })
    child.stdin.on('error', () => {}).end('fed\n')
    const told: string[] = []
    const reader = new MarkerReader(marker, (words) => told.push(words))
    const said = { out: '', err: '' }
    child.stdout.on('data', (text) => (said.out += text))
    child.stderr.on('data', (chunk) => (said.err += reader.pass(chunk)))
    await new Promise((resolve) => child.on('close', resolve))
    return { out: () => said.out.replace(`${marker} job here\n`, ''), said, told, calls: shims.calls() }
  }
  /** With its folder of jobs: without one, a job goes to that of users without a home, where there is one. */
  const place = (name: string) => {
    mkdirSync(join(dir, name, 'gachette/jobs'), { recursive: true, mode: 0o700 })
    return join(dir, name)
  }
  const ran = (folder: string) =>
    existsSync(join(folder, 'ran')) ? readFileSync(join(folder, 'ran'), 'utf8').length / 'ran\n'.length : 0

  test('before any program it starts: the next one begins it or hears it, and never waits for the dead', async () => {
    const whole = await start(place('whole'), 'first')
    expect(whole.told.at(-1)).toBe('job end exited 0')
    expect(whole.calls).toBeGreaterThan(8)
    const wrong: string[] = []
    for (let at = 1; at <= whole.calls; at++) {
      const folder = place(`at-${at}`)
      await start(folder, 'first', at)
      const same = await start(folder, 'first')
      const end = same.told.at(-1)
      const isWhole = end === 'job end exited 0' && same.out() === 'out fed\n' && same.said.err === 'err\n'
      if (!isWhole && end !== 'job end killed') wrong.push(`${at}: the same run: ${JSON.stringify(same)}`)
      if (isWhole && ran(folder) !== 1) wrong.push(`${at}: it ran ${ran(folder)} times`)
      const other = await start(folder, 'second')
      if (other.told.at(-1) !== 'job end exited 0' || other.out() !== 'out fed\n')
        wrong.push(`${at}: another run: ${JSON.stringify(other)}`)
      if (!existsSync(join(folder, 'gachette/jobs/job'))) wrong.push(`${at}: its folder is gone`)
    }
    expect(wrong).toEqual([])
  }, 120_000)
})
