import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { makeRepository } from '../support/repository.ts'
import { until } from '../support/sessions.ts'

const PASSWORD = 'correct horse battery'
const TOKEN = 'tok-5d1f0c'
const SECRETS = [PASSWORD, TOKEN, 'hunter-2a']

describeWith(['sshd', 'root'], 'settings and secrets', () => {
  let machine: BuildMachine
  beforeAll(async () => {
    machine = await buildMachine()
    machine.configure(
      `password: "${PASSWORD}"`,
      `secrets.token: "${TOKEN}"`,
      'projects.shop.url: https://joe:hunter-2a@127.0.0.1:1/shop.git',
    )
    machine.write(
      'gachette.tasks.ts',
      `import { defineTask } from 'gachette'
export const deploy = defineTask({
  summary: 'Uses a secret',
  params: { token: { type: 'secret', setting: 'secrets.token', summary: 'for the health check' }, mark: { type: 'string' } },
  async run({ run, log }, { token, mark }) {
    log('with ' + token.reveal())
    await run(\`printf %s \${token} | wc -c; echo out \${token}; echo err \${token} >&2; touch \${mark}; while test -e \${mark}; do sleep 0.1; done\`)
  },
})`
        .replace('run(`', 'run`')
        .replace('done`)', 'done`'),
    )
  })
  afterAll(() => machine.stop())

  test.each([[[]], [['--json']]])(
    'show_config masks secrets and says where each value came from (%j)',
    async (flags) => {
      const { exitCode, stdout, stderr } = await machine.gachette(
        ...flags,
        '--set',
        'timeout=7',
        'show_config',
      )
      expect(exitCode).toBe(0)
      for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret)
      expect(stdout).toContain('***')
      for (const source of ['.gachetterc:', '--set', 'default']) expect(stdout).toContain(source)
      expect(stdout).toMatch(
        flags.length === 0
          ? /^timeout +7 {2}\(--set\)$/m
          : /"key": "timeout",\s+"value": 7,\s+"source": "--set"/,
      )
    },
  )

  test('values of the environment are named by their variable', async () => {
    const env = { GACHETTE_TIMEOUT: '9', GACHETTE_PASSWORD: 'from-env-77' }
    const { stdout } = await machine.run(['show_config'], { env })
    expect(stdout).toMatch(/^timeout +9 {2}\(environment GACHETTE_TIMEOUT\)$/m)
    expect(stdout).toMatch(/^password +"?\*\*\*"? {2}\(environment GACHETTE_PASSWORD\)$/m)
  })

  test.each([[[]], [['--json']], [['--verbose']]])(
    'a secret reaches the command, and no argument list, log or output (%j)',
    async (flags) => {
      const mark = join(machine.dir, `mark${flags.length}${flags[0] ?? ''}`)
      const { ended } = machine.start([...flags, `deploy:mark=${mark}`])
      const here = () => readdirSync(machine.dir).some((name) => mark.endsWith(`/${name}`))
      await until(here, 'the task runs')
      const listed = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
        .map(commandLine)
      expect(listed.some((line) => line.includes('dist/src/bin.js'))).toBe(true)
      for (const secret of SECRETS) expect(listed.filter((line) => line.includes(secret))).toEqual([])
      rmSync(mark)
      const { exitCode, stdout, stderr } = await ended
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
      expect(stdout).toContain(String(TOKEN.length))
      for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret)
      expect(stdout).toContain('out ***')
      expect(stdout + stderr).toContain('err ***')
      expect(stdout).toContain('with ***')
    },
  )

  test('a secret typed as an argument is accepted with a warning, and masked from then on', async () => {
    const { stdout, stderr } = await machine.gachette('deploy:typed-33f1,/proc/none')
    expect(stderr).toContain('warning: deploy: token is a secret')
    expect(stdout + stderr).not.toContain('typed-33f1')
  })

  test('the password in a url is shown nowhere, when git cannot fetch it either', async () => {
    const { exitCode, stdout, stderr } = await machine.gachette('--verbose', 'prepare', 'shop')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('127.0.0.1:1')
    for (const secret of SECRETS) expect(stdout + stderr).not.toContain(secret)
    const { stdout: events } = await machine.gachette('--json', 'prepare', 'shop')
    for (const secret of SECRETS) expect(events).not.toContain(secret)
  })

  test('init in an empty folder writes files that load, and leaves those that are there', async () => {
    const folder = join(machine.dir, 'fresh')
    makeRepository(folder)
    const gachette = (...argv: string[]) => machine.run(argv, { cwd: folder })
    expect(await gachette('init')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(readdirSync(folder).sort()).toEqual(['.git', '.gachetterc', 'gachette.tasks.ts'].sort())
    expect((await gachette('-l')).stdout).toMatch(/^ {2}disk_free +Say how much room is left$/m)
    expect(await gachette('show_config')).toMatchObject({ exitCode: 0, stderr: '' })
    const own = ['-i', machine.server.keyFile, '--set', `known_hosts=${machine.server.knownHosts}`]
    expect(await gachette(...own, '-H', machine.host, 'disk_free', '/')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\S* free\n/),
    })
    const before = readFileSync(join(folder, '.gachetterc'), 'utf8')
    expect((await gachette('init')).stdout).toMatch(/is there already, and stays as it is/)
    expect(readFileSync(join(folder, '.gachetterc'), 'utf8')).toBe(before)
  })
})

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
