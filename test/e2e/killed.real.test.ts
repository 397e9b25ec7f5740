import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunEvent } from '../../src/run/index.ts'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { remoteProcesses } from '../support/remote-processes.ts'
import { makeRepository } from '../support/repository.ts'
import { until } from '../support/sessions.ts'
import { readAsIn2013 } from '../support/store-folder.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'

/** A blow that is struck so many milliseconds after the n-th event of a run. */
interface Blow {
  readonly how: 'client' | 'reset' | 'close' | 'shell'
  readonly line: number
  readonly delayMs: number
}

const LANES = 4

describeWith(['git', 'dpkg-deb', 'flock', 'sshd', 'root'], 'quick that is killed', () => {
  const machines: BuildMachine[] = []
  let before: Record<string, string>
  let after: Record<string, string>
  let digest = ''
  let told: readonly RunEvent[]

  beforeAll(async () => {
    machines.push(...(await Promise.all(Array.from({ length: LANES }, () => buildMachine()))))
    const [first] = machines
    if (first === undefined) throw new Error('there is no machine')
    const url = join(first.dir, 'shop')
    const repository = makeRepository(url)
    for (const machine of machines) machine.configure(`projects.shop.url: ${url}`)
    const place = join(first.dir, 'before')
    const missile =
      'default:\n  name: shop\n  type: application\n  build_assets: ["echo working; sleep 0.1"]\n'
    repository.commit({
      '.missile.yml': `${missile}a: { name_suffix: _a }\nb: { name_suffix: _b }\n`,
      x: 'old\n',
    })
    await run(first, place, ['stack_create:1.0', 'quick:1.0,shop'])
    before = readAsIn2013(join(place, 'meta'), '1.0')
    repository.commit({ x: 'new\n' })
    // What is to come of it, and what is said meanwhile.
    const model = join(first.dir, 'after')
    cpSync(place, model, { recursive: true, verbatimSymlinks: true })
    const { stdout } = await run(first, model, ['--json', 'quick:1.0,shop'])
    told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent)
    after = readAsIn2013(join(model, 'meta'), '1.0')
    digest = digestOf(model)
    expect(Object.keys(after)).toHaveLength(3)
    expect(Object.values(after)).not.toEqual(Object.values(before))
  }, 120_000)
  afterAll(() => Promise.all(machines.map((machine) => machine.stop())))

  const at = (place: string) => ['--set', `meta_path=${place}/meta`, '--set', `work_path=${place}/work`]
  async function run(machine: BuildMachine, place: string, line: readonly string[]) {
    const said = await machine.gachette(...at(place), ...line)
    if (said.exitCode !== 0)
      throw new Error(`${line.join(' ')}: ${said.exitCode}\n${said.stdout}\n${said.stderr}`)
    return said
  }
  const digestOf = (place: string) =>
    readFileSync(join(place, 'meta/domain/main/stacks/1.0/.digest'), 'utf8').trim()

  /** Every pin resolves to a file whose bytes are those that were recorded. */
  function expectWhole(meta: string, pins: Readonly<Record<string, string>>) {
    for (const [name, version] of Object.entries(pins)) {
      const place = join(meta, 'packages', name, 'version', version)
      const { sha256 } = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8')) as { sha256: string }
      const deb = readFileSync(join(meta, 'debs', readFileSync(join(place, 'file'), 'utf8').trim()))
      expect(createHash('sha256').update(deb).digest('hex')).toBe(sha256)
    }
  }

  /** One run, the blow, and what must be true after it. */
  async function trial(machine: BuildMachine, { how, line, delayMs }: Blow, name: string): Promise<void> {
    const place = join(machine.dir, name)
    cpSync(join(machines[0]?.dir ?? '', 'before'), place, { recursive: true, verbatimSymlinks: true })
    const proxy = how === 'reset' || how === 'close' ? await tcpProxy(machine.server) : undefined
    const through = proxy ? ['-H', `root@${proxy.address}:${proxy.port}`, '--set', 'host_key_policy=off'] : []
    const { child, ended } = machine.start([...at(place), ...through, '--json', 'quick:1.0,shop'])
    let lines = 0
    let struck = false
    let timer: NodeJS.Timeout | undefined
    const strike = () => {
      struck = true
      if (how === 'client') child.kill('SIGKILL')
      else if (how === 'shell') for (const pid of remoteProcesses(machine.server)) kill(pid)
      else proxy?.cut(how)
    }
    child.stdout?.on('data', (text: string) => {
      const before = lines
      lines += text.split('\n').length - 1
      if (before < line && lines >= line) timer = setTimeout(strike, delayMs)
    })
    const { exitCode, stdout, stderr } = await ended
    clearTimeout(timer)
    // The lifeline's own words are nobody's output.
    expect(stdout + stderr).not.toMatch(/gachette-[0-9a-f]{24} (ends|left)/)
    if (struck && how !== 'client') expect([0, 1]).toContain(exitCode)
    expect(stderr).not.toMatch(/fault of gachette|^\s+at .+:\d+/m)
    await until(() => remoteProcesses(machine.server).length === 0, 'no remote process is left', 2000)

    const pins = readAsIn2013(join(place, 'meta'), '1.0')
    expect([before, after]).toContainEqual(pins)
    if (exitCode === 0) expect(pins).toEqual(after)
    expectWhole(join(place, 'meta'), pins)
    await run(machine, place, ['quick:1.0,shop'])
    expect(readAsIn2013(join(place, 'meta'), '1.0')).toEqual(after)
    expect(digestOf(place)).toBe(digest)
    expectWhole(join(place, 'meta'), after)
    // What a killed edit held back is hidden, and out of the way.
    const shown = readdirSync(join(place, 'meta/debs')).filter((each) => !each.startsWith('.'))
    expect(shown.filter((each) => !each.endsWith('.deb'))).toEqual([])
    expect(existsSync(join(place, 'meta/stacks/1.0'))).toBe(true)
  }

  test('at every step, in every way: the stack is the old one or the new one, nothing is left running, and the next one succeeds', async () => {
    const lines = told.map((event, index) => ({ type: event.type, line: index + 1 }))
    const starts = lines.filter(({ type }) => type === 'command-started')
    const blows: Blow[] = [
      ...lines
        .filter(({ type, line }) => type !== 'output' || line % 3 === 0)
        .map(({ line }): Blow => ({ how: 'client', line, delayMs: 0 })),
      ...starts.flatMap(({ line }): Blow[] => [
        { how: 'client', line, delayMs: 60 },
        { how: 'client', line, delayMs: 150 },
        { how: 'reset', line, delayMs: 0 },
        { how: 'reset', line, delayMs: 100 },
        { how: 'close', line, delayMs: 50 },
        { how: 'close', line, delayMs: 160 },
        { how: 'shell', line, delayMs: 0 },
        { how: 'shell', line, delayMs: 70 },
        { how: 'shell', line, delayMs: 160 },
      ]),
    ]
    const wrong: string[] = []
    const queue = blows.map((blow, index) => ({ blow, name: `trial-${index}` }))
    await Promise.all(
      machines.map(async (machine) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const { blow, name } = next
          await trial(machine, blow, name).catch((error: unknown) =>
            wrong.push(`${JSON.stringify(blow)} (${told[blow.line - 1]?.type}): ${String(error)}`),
          )
        }
      }),
    )
    expect(wrong).toEqual([])
    expect(blows.length).toBeGreaterThan(30)
  }, 300_000)
})

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is over already.
  }
}
