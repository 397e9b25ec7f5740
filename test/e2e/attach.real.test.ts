import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { entriesIn, runFolders } from '../support/recorded-runs.ts'
import { remoteProcesses } from '../support/remote-processes.ts'
import { until } from '../support/sessions.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'

const TASKS = `import { defineTask, sh } from 'gachette'

const dir = { type: 'string' } as const

export const before = defineTask({
  summary: 'First',
  params: { dir },
  run: async ({ run }, { dir }) => {
    await run\`echo before >>\${dir}/done\`
    return 'before is done'
  },
})

export const long = defineTask({
  summary: 'A long one that outlives this program',
  params: { dir },
  run: async ({ run, once, ask }, { dir }) => {
    const number = await once('number', () => ask\`echo x >>\${dir}/asked; wc -l <\${dir}/asked\`)
    await run(
      sh\`for i in 1 2 3; do echo line $i; done; echo ran >>\${dir}/done; until test -e \${dir}/go; do sleep 0.05; done; for i in 4 5 6; do echo line $i; done; echo >\${dir}/over\`,
      { durable: true },
    )
    await run\`echo after the job: \${number}\`
  },
})

export const named = defineTask({
  summary: 'A job with a name',
  params: { dir },
  run: async ({ run }, { dir }) =>
    void (await run(
      sh\`echo x >>\${dir}/began; until test -e \${dir}/go; do sleep 0.05; done; sleep 2; echo over\`,
      { durable: 'named-job' },
    )),
})

export const after = defineTask({
  summary: 'Last',
  params: { dir },
  run: async ({ run }, { dir }) => void (await run\`echo after >>\${dir}/done\`),
})
`

describeWith(['sshd', 'flock', 'root'], 'a run whose program is killed', () => {
  let machine: BuildMachine
  beforeAll(async () => {
    machine = await buildMachine()
    // Compiles the program: that is nobody's test.
    await machine.run(['--version'])
    machine.write('gachette.tasks.ts', TASKS)
  })
  afterAll(() => machine.stop())

  /** Starts a run of three tasks, and kills the program while the job of the second waits for the file `go`. */
  async function killed(name: string) {
    const dir = join(machine.dir, name)
    const state = join(machine.dir, `${name}-state`)
    const env = { XDG_STATE_HOME: state }
    mkdirSync(dir)
    const started = machine.start([`before:${dir}`, `long:${dir}`, `after:${dir}`], { env })
    const folder = () => runFolders(state)[0] ?? ''
    await until(
      () => {
        try {
          const said = readFileSync(join(dir, 'done'), 'utf8')
          return said.includes('ran') && logText(folder()).includes('line 3')
        } catch {
          return false
        }
      },
      'the job has begun',
      30_000,
    )
    started.child.kill('SIGKILL')
    await started.ended
    const done = () => readFileSync(join(dir, 'done'), 'utf8').trim().split('\n')
    const go = () => writeFileSync(join(dir, 'go'), '')
    const isOver = () => existsSync(join(dir, 'over'))
    return {
      env,
      folder: folder(),
      done,
      go,
      isOver,
      gachette: (...argv: string[]) => machine.run(argv, { env }),
    }
  }
  const logText = (folder: string): string => {
    const path = join(folder, `${machine.host.replace(/^.*@/, '')}.log`)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const LINES = '1 2 3 4 5 6'.split(' ').map((number) => `line ${number}\n`)

  test('is brought to its end by attach: each task once, each line of the job once', async () => {
    const { gachette, done, go, folder } = await killed('attached')
    expect((await gachette('runs')).stdout).toContain('  interrupted; a job may still run  ')
    expect((await gachette('--resume', 'last')).stderr).toMatch(/^jobs of the run \S+ may still run\n/)
    go()
    const { exitCode, stdout } = await gachette('attach', 'last')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('line 1\nline 2\nline 3\nline 4\nline 5\nline 6\nafter the job: 1\n')
    expect(done()).toEqual(['before', 'ran', 'after'])
    expect(logText(folder)).toBe([...LINES, 'after the job: 1\n'].join(''))
    expect((await gachette('log', 'last')).stdout).toContain(LINES.join(''))
    expect((await gachette('runs')).stdout).toContain('  done  ')
    expect((await gachette('attach', 'last')).exitCode).toBe(2)
  })

  test('attach finds a job that has ended meanwhile', async () => {
    const { gachette, done, go, folder, isOver } = await killed('late')
    go()
    await until(isOver, 'the job has ended', 30_000)
    const { exitCode } = await gachette('attach', 'last')
    expect(exitCode).toBe(0)
    expect(done()).toEqual(['before', 'ran', 'after'])
    expect(logText(folder)).toBe([...LINES, 'after the job: 1\n'].join(''))
  })

  test('of two attaches at once the second is refused', async () => {
    const { gachette, done, go } = await killed('twice')
    const both = [gachette('attach', 'last'), gachette('attach', 'last')]
    const first = await Promise.race(both)
    expect(first).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^the run .*(goes on: running|was taken up by another gachette)/),
    })
    go()
    const codes = (await Promise.all(both)).map(({ exitCode }) => exitCode)
    expect(codes.sort()).toEqual([0, 2])
    expect(done()).toEqual(['before', 'ran', 'after'])
  })

  test.each(['killed', 'rebooted'] as const)(
    'a job that was %s meanwhile is not taken for done: attach says so, and --resume does it again',
    async (how) => {
      const { gachette, done, go, folder } = await killed(how)
      const jobs = join(machine.server.home, '.local/state/gachette/jobs')
      const name = readdirSync(jobs).find((each) => each.startsWith(basename(folder))) ?? ''
      const pids = remoteProcesses(machine.server)
      if (how === 'rebooted') {
        const about = join(jobs, name, 'about')
        const [token, run] = readFileSync(about, 'utf8').split('\n')
        writeFileSync(about, `${token}\n${run}\n00000000-0000-4000-8000-000000000000\n`)
      }
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      const attached = await gachette('attach', 'last')
      expect(attached.exitCode).toBe(1)
      expect(attached.stderr).toContain(
        how === 'killed' ? 'was ended by SIGKILL' : 'switched off or rebooted',
      )
      expect(attached.stderr).toMatch(/gachette --(resume|failed) \S+/)
      expect(done()).toEqual(['before', 'ran'])
      go()
      const resumed = await gachette('--resume', 'last')
      expect({ exitCode: resumed.exitCode, stderr: resumed.stderr }).toMatchObject({ exitCode: 0 })
      expect(resumed.stdout).toContain(`${LINES.join('')}after the job: 1\n`)
      expect(done()).toEqual(['before', 'ran', 'ran', 'after'])
    },
  )
  test('cancel ends the job it has left, and the run is cancelled', async () => {
    const { gachette, folder } = await killed('cancelled')
    const { exitCode, stdout, stderr } = await gachette('cancel', 'last')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^\S+: the job \S+ was cancelled; it has ended there\n$/)
    expect((await gachette('runs')).stdout).toContain('  cancelled  ')
    expect(entriesIn(folder).at(-1)).toMatchObject({ type: 'run-ended', exitCode: 130 })
    expect((await gachette('cancel', 'last')).stderr).toMatch(
      /^nothing of the run \S+ is running: cancelled\n$/,
    )
  })

  test('Ctrl-C twice while the host cannot be reached: it is said what may go on there, and the next run finds it', async () => {
    const proxy = await tcpProxy(machine.server)
    const env = { XDG_STATE_HOME: join(machine.dir, 'twice-state') }
    const dir = join(machine.dir, 'pressed-twice')
    mkdirSync(dir)
    const through = ['-H', `root@${proxy.address}:${proxy.port}`, '--set', 'host_key_policy=off']
    const { child, ended } = machine.start([...through, `named:${dir}`], { env })
    let said = ''
    child.stderr?.on('data', (text: string) => {
      said += text
    })
    await until(() => existsSync(join(dir, 'began')), 'the job runs', 30_000)
    const state = env.XDG_STATE_HOME
    const isKnown = () => entriesIn(runFolders(state)[0] ?? '').some(({ type }) => type === 'job-started')
    await until(isKnown, 'it is known', 30_000)
    proxy.freeze()
    child.kill('SIGINT')
    await until(() => said.includes('Ctrl-C'), 'it was heard', 10_000)
    child.kill('SIGINT')
    const { exitCode, stderr } = await ended
    expect(exitCode).toBe(130)
    expect(stderr).toMatch(
      /: the job named-job may go on there\n {2}gachette cancel (\S+) {2}ends what is left, gachette attach \1 {2}takes it up\n$/,
    )
    expect((await machine.run(['runs'], { env })).stdout).toContain('  interrupted; a job may still run  ')
    writeFileSync(join(dir, 'go'), '')
    const next = await machine.run([`named:${dir}`], { env })
    expect(next).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(': joined') })
    expect(readFileSync(join(dir, 'began'), 'utf8')).toBe('x\n')
  })

  test('cancel ends a run that goes on, and waits for it', async () => {
    const env = { XDG_STATE_HOME: join(machine.dir, 'alive') }
    const started = machine.start(['--', 'echo begun; exec sleep 300'], { env })
    await until(
      () =>
        existsSync(join(machine.dir, 'alive')) &&
        logText(runFolders(join(machine.dir, 'alive'))[0] ?? '') !== '',
      'it began',
      30_000,
    )
    expect((await machine.run(['runs'], { env })).stdout).toContain(`running (pid ${started.child.pid})`)
    expect(await machine.run(['attach', 'last'], { env })).toMatchObject({ exitCode: 2 })
    const { exitCode, stdout } = await machine.run(['cancel', 'last'], { env })
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^\S+: cancelled\n$/) })
    expect((await started.ended).exitCode).toBe(130)
  })
})
