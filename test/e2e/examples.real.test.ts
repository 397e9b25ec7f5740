import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine, missile } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { compileProgram } from '../support/program.ts'
import { readAsIn2013 } from '../support/store-folder.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const example = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8')

describeWith(['root', 'sshd', 'git', 'dpkg-deb'], 'the examples run', () => {
  let machine: BuildMachine
  let gachette: BuildMachine['gachette']
  beforeAll(async () => {
    machine = await buildMachine()
    gachette = machine.gachette
  })
  afterAll(() => machine.stop())

  test('release.ts: the main job from a plain script', async () => {
    const repository = machine.repository('shop')
    const commit = repository.commit({ '.missile.yml': missile('shop'), 'a.txt': 'a\n' })
    const program = compileProgram()
    try {
      const script = join(dirname(program.bin), '../../release.js')
      const { outputText } = ts.transpileModule(example('release.ts'), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      })
      writeFileSync(script, outputText)
      const argv = [script, machine.host, '1.0', 'shop', repository.dir, 'main']
      const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: machine.project })
      expect(stdout).toMatch(
        new RegExp(`^dh-shop 0\\.0\\.1\\+git.*${commit.slice(0, 12)}\\.main is in 1\\.0\n$`),
      )
      expect(Object.keys(readAsIn2013(machine.meta, '1.0'))).toEqual(['dh-shop'])
    } finally {
      program.remove()
    }
  })

  test('gachette.tasks.ts: tasks of your own', async () => {
    machine.write('gachette.tasks.ts', example('gachette.tasks.ts'))
    machine.configure(`roles.web: ["${machine.host}"]`)
    const bin = join(machine.server.home, 'bin')
    mkdirSync(bin)
    writeFileSync(join(machine.server.home, '.bashrc'), 'PATH=$HOME/bin:$PATH\n')
    const log = join(machine.dir, 'systemctl.log')
    writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\nprintf '<%s>' "$@" >>${log}\necho >>${log}\n`, {
      mode: 0o755,
    })
    writeFileSync(join(bin, 'uptime'), '#!/bin/sh\necho up 2 weeks\n', { mode: 0o755 })
    expect((await gachette('-l')).stdout).toMatch(/^ {2}restart +Restart a service/m)

    expect(await gachette('restart:nginx')).toMatchObject({ exitCode: 0, stdout: 'nginx is active\n' })
    expect(readFileSync(log, 'utf8')).toBe('<restart><nginx>\n<is-active><--quiet><nginx>\n')
    const canary = join(machine.dir, 'canary')
    await gachette('restart', `nginx; touch ${canary}`)
    expect(existsSync(canary)).toBe(false)

    expect(await gachette('uptime')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('up 2 weeks'),
    })
    machine.write('site/index.html', 'hello\n')
    expect(await gachette('publish', 'site', `${machine.dir}/www`)).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(machine.dir, 'www/index.html'), 'utf8')).toBe('hello\n')

    writeFileSync(join(bin, 'systemctl'), '#!/bin/sh\ntest "$1" = restart\n', { mode: 0o755 })
    const late = await gachette('restart:nginx,wait=1')
    expect([late.exitCode, late.stderr]).toEqual([
      1,
      expect.stringContaining('nginx was not active within 1 s\n'),
    ])
  })
})
