import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { until } from '../support/sessions.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

describeWith(['root', 'sshd', 'git'], "Fabric's tutorial", () => {
  let machine: BuildMachine
  beforeAll(async () => {
    machine = await buildMachine()
    machine.write('gachette.tasks.ts', readFileSync(join(EXAMPLES, 'tutorial.ts'), 'utf8'))
  })
  afterAll(() => machine.stop())

  test('pushes a checkout whose tests pass, and brings a server to its commit', async () => {
    const [origin, checkout, site] = ['origin.git', 'checkout', 'site'].map((name) =>
      join(machine.dir, name),
    ) as [string, string, string]
    const git = (...argv: string[]) => execFileSync('git', argv, { cwd: checkout, encoding: 'utf8' }).trim()
    mkdirSync(checkout)
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', origin])
    git('init', '-q', '-b', 'main')
    git('remote', 'add', 'origin', origin)
    git('config', 'push.default', 'current')
    git('config', 'user.email', 'a@example.org')
    git('config', 'user.name', 'A')
    writeFileSync(join(checkout, 'run-tests'), '#!/bin/sh\n[ ! -e broken ]\n', { mode: 0o755 })
    git('add', '.')
    git('commit', '-qm', 'one')

    expect(await machine.gachette('prepare_deploy', checkout)).toMatchObject({ exitCode: 0 })
    expect(await machine.gachette('deploy', origin, site)).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(site, 'app.wsgi'))).toBe(true)

    writeFileSync(join(checkout, 'broken'), '')
    git('commit', '-q', '--allow-empty', '-m', 'two')
    const refused = await machine.gachette('prepare_deploy', checkout)
    expect(refused).toMatchObject({ exitCode: 1 })
    expect(refused.stderr).toContain('mend them, or push --anyway')
    expect(await machine.gachette('prepare_deploy', checkout, '--anyway')).toMatchObject({ exitCode: 0 })
    const moved = await machine.gachette('deploy', origin, site)
    expect(moved.stdout).toContain(`→ ${git('rev-parse', 'HEAD')}`)
    expect(execFileSync('git', ['-C', site, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()).toBe(
      git('rev-parse', 'HEAD'),
    )
  })
})

/** The service: it checks its configuration, serves, and says how it is; a broken image never comes up. */
const MASTER = `#!/bin/sh
case $1 in
check) grep -q '^name:' /etc/master.yml || { echo 'master.yml: name is missing' >&2; exit 1; } ;;
serve) [ ! -e /broken ] || exit 1
  trap 'exit 0' TERM
  echo "serving $(cat /etc/master.yml), reports \${REPORTS:-on}, secret of $(wc -c </run/secrets.yml) bytes"
  while :; do sleep 0.1; done ;;
status) [ ! -e /var/lib/master/busy ] && echo idle || echo 'building shop' ;;
esac
`

describeWith(['root', 'sshd', 'dockerd', 'docker', 'busybox'], 'a service in a container', () => {
  let machine: BuildMachine
  let docker: (...argv: string[]) => string
  let stopDocker: () => Promise<void>
  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'gachette-docker-'))
    const socket = `unix://${dir}/d.sock`
    const daemon = spawn(
      'dockerd',
      [
        '--data-root',
        `${dir}/data`,
        '--exec-root',
        `${dir}/exec`,
        '-H',
        socket,
        '-p',
        `${dir}/d.pid`,
        '--bridge=none',
        '--iptables=false',
      ],
      { stdio: 'ignore' },
    )
    docker = (...argv) =>
      execFileSync('docker', ['-H', socket, ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    stopDocker = async () => {
      for (const id of docker('ps', '-aq').split('\n').filter(Boolean)) docker('rm', '-f', id)
      const ended = new Promise((resolve) => daemon.once('exit', resolve))
      daemon.kill('SIGTERM')
      await ended
      rmSync(dir, { recursive: true, force: true })
    }
    await until(
      () => {
        try {
          return docker('version') !== ''
        } catch {
          return false
        }
      },
      'docker answers',
      30_000,
    )
    for (const [name, broken] of [
      ['good', false],
      ['newer', false],
      ['broken', true],
    ] as const)
      imageOf(dir, name, broken)
    machine = await buildMachine([`SetEnv DOCKER_HOST=${socket}`])
    machine.write('gachette.tasks.ts', readFileSync(join(EXAMPLES, 'service.ts'), 'utf8'))
    machine.write('master.yml', 'name: production\n')
    machine.write('secrets.yml', 'token: hunter2hunter2\n')
    machine.configure(`roles.master: { hosts: ["${machine.host}"], vars: { reports: false } }`)
  }, 120_000)
  afterAll(async () => {
    await machine?.stop()
    await stopDocker?.()
  })

  function imageOf(dir: string, name: string, isBroken: boolean): void {
    const root = join(dir, name)
    for (const folder of ['bin', 'etc', 'run', 'var/lib']) mkdirSync(join(root, folder), { recursive: true })
    execFileSync('cp', [
      execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim(),
      join(root, 'bin'),
    ])
    for (const applet of ['sh', 'grep', 'cat', 'wc', 'sleep', 'echo'])
      execFileSync('ln', ['-s', 'busybox', join(root, 'bin', applet)])
    writeFileSync(join(root, 'bin/master'), MASTER, { mode: 0o755 })
    if (isBroken) writeFileSync(join(root, 'broken'), '')
    execFileSync('tar', ['-C', root, '-cf', `${root}.tar`, '.'])
    docker('import', `${root}.tar`, `${name}:latest`)
  }

  const task = (name: string, ...more: readonly string[]) =>
    machine.gachette(
      name,
      ...(name === 'logs' ? [] : ['--folder', `${machine.dir}/service`, '--network', 'none']),
      ...more,
    )

  test('starts on a fresh host, updates, goes back when the new one does not come up, and shows its logs', async () => {
    const started = await task('start', '--image', 'good:latest')
    expect(started.exitCode, started.stderr).toBe(0)
    expect(statSync(`${machine.dir}/service/secrets.yml`).mode & 0o777).toBe(0o600)
    expect((await task('logs')).stdout).toContain('serving name: production, reports off, secret of 22 bytes')
    expect((await task('start', '--image', 'good:latest')).stderr).toContain('buildmaster is there already')

    machine.write('master.yml', 'nome: production\n')
    const wrong = await task('update', '--image', 'newer:latest')
    expect(wrong.exitCode).toBe(1)
    expect(wrong.stderr + wrong.stdout).toContain('master.yml: name is missing')

    machine.write('master.yml', 'name: next\n')
    writeFileSync(`${machine.dir}/service/data/busy`, '')
    expect((await task('update', '--image', 'newer:latest')).stderr).toContain('buildmaster is building shop')
    rmSync(`${machine.dir}/service/data/busy`)

    const failed = await task('update', '--image', 'broken:latest')
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toContain('the new buildmaster did not come up: the old one again')
    expect(docker('inspect', '-f', '{{.Config.Image}} {{.State.Running}}', 'buildmaster')).toBe(
      'good:latest true\n',
    )
    expect((await task('logs', '--lines', '1')).stdout).toContain('serving name: production')

    expect(await task('update', '--image', 'newer:latest')).toMatchObject({ exitCode: 0 })
    expect((await task('logs')).stdout).toContain('serving name: next')
    expect(docker('ps', '-a', '--format', '{{.Names}}')).toBe('buildmaster\n')
  }, 180_000)
})
