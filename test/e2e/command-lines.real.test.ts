import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine, missile } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { lives, pidsIn } from '../support/sessions.ts'
import { readAsIn2013 } from '../support/store-folder.ts'

const ROOT = join(import.meta.dirname, '../..')

describeWith(['root', 'sshd', 'git', 'dpkg-deb'], 'every command line of the guide, as typed', () => {
  let machine: BuildMachine
  let gachette: BuildMachine['gachette']
  let commits: { readonly main: string; readonly fixed: string }

  beforeAll(async () => {
    machine = await buildMachine()
    gachette = machine.gachette
    for (const name of ['test_application', 'shop']) {
      const repository = machine.repository(name)
      repository.commit({ '.missile.yml': missile(name), 'hello.txt': 'hello\n' })
    }
    const config = machine.repository('test_config')
    config.git('checkout', '-q', '-b', 'fix-option')
    const fixed = config.commit({ '.missile.yml': missile('test_config'), 'option.txt': 'fixed\n' })
    config.git('checkout', '-q', '-b', 'master')
    const main = config.commit({ 'option.txt': 'broken\n' })
    commits = { main, fixed }
    // The machine's own git: who clones over SSH logs in to the same server.
    const ssh = `ssh -F /dev/null -i ${machine.server.keyFile} -p ${machine.server.port} -oUserKnownHostsFile=${machine.server.knownHosts} -oHostKeyAlias=[${machine.server.address}]:${machine.server.port}`
    writeFileSync(
      join(machine.server.home, '.gitconfig'),
      `[core]\n\tsshCommand = ${ssh}\n[safe]\n\tdirectory = *\n`,
    )
    mkdirSync(join(machine.project, 'examples'))
    for (const name of readdirSync(join(ROOT, 'examples')).filter((each) => each.endsWith('.yml')))
      machine.write(`examples/${name}`, readFileSync(join(ROOT, 'examples', name), 'utf8'))
  })
  afterAll(() => machine.stop())

  const pins = (stack: string) => readAsIn2013(machine.meta, stack)

  test('-l', async () => {
    const { exitCode, stdout } = await gachette('-l')
    expect(exitCode).toBe(0)
    const names = ['add_to_stack', 'build', 'prepare', 'quick', 'show_config', 'stack_create', 'version']
    for (const name of names) expect(stdout).toMatch(new RegExp(`^ {2}${name} +[A-Z]`, 'm'))
  })

  test('-c examples/vagrant.yml -l', async () => {
    expect(await gachette('-c', 'examples/vagrant.yml', '-l')).toEqual(await gachette('-l'))
  })

  test('-H hero@192.168.1.5 stack_create:foobar1,/var/gachette, and again', async () => {
    const line = ['-H', machine.host, `stack_create:foobar1,${machine.meta}`]
    expect(await gachette(...line)).toMatchObject({ exitCode: 0, stdout: 'made stack foobar1\n' })
    expect(pins('foobar1')).toEqual({})
    expect(await gachette(...line)).toMatchObject({
      exitCode: 0,
      stdout: 'stack foobar1 is there already; it stays as it is\n',
    })
  })

  test('prepare with a git url of its own; build; add_to_stack', async () => {
    const url = `root@${machine.server.address}:${machine.dir}/repositories/test_config`
    const prepare = `prepare:test_config_first_build,${url},master`
    expect(await gachette('-H', machine.host, prepare)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(commits.main),
    })
    expect(readFileSync(join(machine.work, 'working_copy/test_config_first_build/option.txt'), 'utf8')).toBe(
      'broken\n',
    )

    const debs = join(machine.meta, 'debs')
    const built = await gachette('-H', machine.host, `build:test_config_first_build,${debs}`)
    expect(built.exitCode).toBe(0)
    const [, name = '', version = '', path = ''] = /built (\S+) (\S+): (\S+)/.exec(built.stdout) ?? []
    expect({ name, path: dirname(path) }).toEqual({ name: 'dh-test-config', path: debs })

    await gachette(`stack_create:foobar1,${machine.meta}`)
    const file = path.slice(debs.length + 1)
    const add = `add_to_stack:${name},${version},${file},${machine.meta},foobar1`
    expect(await gachette('-H', machine.host, add)).toMatchObject({
      exitCode: 0,
      stdout: `dh-test-config ${version} pinned in stack foobar1\n`,
    })
    expect(pins('foobar1')).toEqual({ 'dh-test-config': version })
  })

  test('quick:0.0.1,test_application where the stack is missing: the line to type, and nothing touched', async () => {
    const refused = await gachette('quick:0.9.9,test_application')
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    const line = `stack_create:0.9.9,${machine.meta}`
    expect(refused.stderr).toContain(`create it:  gachette ${line}\n`)
    const traces = readdirSync(machine.dir, { recursive: true, encoding: 'utf8' })
    expect(traces.filter((path) => /^work.*test_application/.test(path))).toEqual([])
    expect(await gachette(line)).toMatchObject({ exitCode: 0, stdout: 'made stack 0.9.9\n' })
    expect(await gachette('quick:0.9.9,test_application')).toMatchObject({ exitCode: 0 })
  })

  test('with settings named by -c, the line to type names them as well', async () => {
    const settings = readFileSync(join(machine.project, '.gachetterc'), 'utf8')
    machine.write('our settings.yml', settings)
    const { stderr } = await machine.gachette('-c', 'our settings.yml', 'quick:0.0.8,shop')
    const line = `stack_create:0.0.8,${machine.meta}`
    expect(stderr).toContain(`create it:  gachette -c 'our settings.yml' ${line}\n`)
    machine.write('other.yml', settings.replace(/^hosts:.*$/m, ''))
    const shown = await machine.gachette('-c', 'other.yml', '-H', machine.host, 'stack_show:0.0.8')
    const list = `stack list --meta-path ${machine.meta}`
    expect(shown.stderr).toContain(`see which there are:  gachette -c other.yml -H ${machine.host} ${list}\n`)
  })

  test('quick:0.0.1,test_application; quick:0.0.1,test_config,fix-option; stack_create:0.0.2,from_stack=0.0.1', async () => {
    await gachette('stack_create:0.0.1')
    expect(await gachette('quick:0.0.1,test_application')).toMatchObject({ exitCode: 0 })
    expect(await gachette('quick:0.0.1,test_config,fix-option')).toMatchObject({ exitCode: 0 })
    expect(pins('0.0.1')).toEqual({
      'dh-test-application': expect.stringMatching(/^0\.0\.1\+git20\d{6}\.\d{6}\.[0-9a-f]{12}$/),
      'dh-test-config': expect.stringContaining(`.${commits.fixed.slice(0, 12)}.fix.option`),
    })
    expect(await gachette('stack_create:0.0.2,from_stack=0.0.1')).toMatchObject({
      exitCode: 0,
      stdout: 'made stack 0.0.2 as a clone of 0.0.1\n',
    })
    expect(pins('0.0.2')).toEqual(pins('0.0.1'))
  })

  test('the same in the manner of today', async () => {
    expect(await gachette('stack-create', '1.0.1')).toMatchObject({ exitCode: 0 })
    expect(await gachette('quick', '1.0.1', 'test_config', '--ref', 'fix-option')).toMatchObject({
      exitCode: 0,
    })
    expect(await gachette('stack-create', '1.0.2', '--from-stack', '1.0.1')).toMatchObject({ exitCode: 0 })
    expect(pins('1.0.2')['dh-test-config']).toContain(commits.fixed.slice(0, 12))
    expect(await gachette('stack', 'show', '1.0.2')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1\.0\.2 {2}1 package\n(.|\n)*^dh-test-config /m),
    })
    const list = await gachette('stack', 'list', '--json')
    expect(JSON.parse(list.stdout)).toContainEqual(expect.objectContaining({ name: '1.0.2', count: 1 }))
  })

  test('help quick: synopsis, every parameter with type, default and where the default came from', async () => {
    const { exitCode, stdout } = await gachette('help', 'quick')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('gachette quick STACK PROJECT [REF] [URL]')
    for (const name of ['stack', 'project', 'ref', 'url', 'path_to_missile', 'debs_path', 'domain'])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +string +\\w`, 'm'))
    expect(stdout).toContain(`default: ${machine.meta} (setting meta_path, .gachetterc:6:1)`)
    expect(stdout).toContain('default: main (setting domain, default)')
    expect(await gachette('quick', '--help')).toEqual(await gachette('help', 'quick'))
  })

  test('several tasks on a line run in order, in both kinds of names', async () => {
    const { exitCode, stdout } = await gachette(
      '-H',
      machine.host,
      `prepare:shop,${machine.dir}/repositories/shop,main`,
      `build:shop,${machine.dir}/out`,
      'stack-list',
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/[0-9a-f]{40}\n(.|\n)*built dh-shop (.|\n)*foobar1/)
    expect(readdirSync(join(machine.dir, 'out'))).toEqual([expect.stringMatching(/^dh-shop-.*-all\.deb$/)])
  })

  test('surplus words that name tasks: exit 2, nothing run, and the line to type', async () => {
    const line = ['prepare', 'late', '/nowhere', 'main', '/tmp/late', 'build', 'late']
    expect(await gachette('-H', machine.host, ...line)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'prepare takes 4 arguments at most, and "build" is a task\n  several tasks on a line are written\n  gachette prepare:late,/nowhere,main,/tmp/late build:late\n',
    })
  })

  test.each(['1234567', '12e4567', '0012', '1e3', '0x10', 'true', 'null'])(
    'a ref %s stays a string, in both ways of calling',
    async (ref) => {
      const shop = join(machine.dir, 'repositories/shop')
      execFileSync('git', ['-C', shop, 'branch', '-f', ref, 'main'])
      for (const words of [[`prepare:shop,ref=${ref}`], ['prepare', 'shop', '--ref', ref]])
        expect(await gachette('--json', ...words)).toMatchObject({
          exitCode: 0,
          stdout: expect.stringContaining('"type":"done"'),
        })
      execFileSync('git', ['-C', shop, 'branch', '-D', ref])
      expect(await gachette('prepare', 'shop', '--ref', ref)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`there is no branch, tag or commit "${ref}"`),
      })
    },
  )

  test('-- sudo docker logs -f buildmaster: carried literally, shown while it runs, ended by Ctrl-C', async () => {
    const bin = join(machine.server.home, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
    writeFileSync(
      join(bin, 'docker'),
      `#!/bin/sh\necho $$ >${machine.dir}/docker.pid\necho "$#: $*"\nexec sleep 300\n`,
      { mode: 0o755 },
    )
    writeFileSync(join(machine.server.home, '.bashrc'), 'PATH=$HOME/bin:$PATH\n')
    const line = ['-H', machine.host, '--', 'sudo', 'docker', 'logs', '-f', 'buildmaster']
    const { child, ended } = machine.start(line)
    await new Promise<void>((shown) =>
      child.stdout?.on('data', (text: string) => text.includes('3: logs -f buildmaster') && shown()),
    )
    child.kill('SIGINT')
    expect(await ended).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('cancelled; it has ended there\n'),
    })
    const [pid = 0] = await pidsIn(join(machine.dir, 'docker.pid'), 1)
    expect(lives(pid)).toBe(false)
  })

  test('-- : one word is a line for the shell; several are literal; stdin is passed on', async () => {
    const command = (...words: string[]) => gachette('-H', machine.host, '--', ...words)
    expect((await command('echo a   b | tr a-z A-Z; echo $((1+1))')).stdout).toBe('A B\n2\n')
    expect((await command('printf', '<%s>', 'a   b', '$(id)', ';', "it's", '', '-n')).stdout).toBe(
      "<a   b><$(id)><;><it's><><-n>\n",
    )
    const piped = await machine.run(['-H', machine.host, '--', 'sha256sum'], { stdin: 'whole\n'.repeat(1e5) })
    expect(piped.stdout).toMatch(/^[0-9a-f]{64} {2}-\n$/)
    const two = ['-H', `${machine.host},local`, '--', 'wc', '-c']
    const { stdout } = await machine.run(two, { stdin: 'not for two' })
    expect(stdout).toBe('0\n[local] 0\n')
  })

  test('examples/vagrant.yml builds on a machine that is made anew', async () => {
    const key = join(machine.project, 'examples/.vagrant/machines/default/virtualbox/private_key')
    mkdirSync(dirname(key), { recursive: true })
    writeFileSync(key, readFileSync(machine.server.keyFile), { mode: 0o600 })
    const own = [
      ...['-c', 'examples/vagrant.yml', '-H', machine.host],
      ...['--set', `meta_path=${machine.dir}/vagrant`, '--set', `work_path=${machine.dir}/vagrant`],
      ...['--set', `projects.test_application.url=${machine.dir}/repositories/test_application`],
      ...['--set', 'use_ssh_config=false'],
    ]
    expect(await gachette(...own, 'stack_create:0.0.1')).toMatchObject({ exitCode: 0 })
    expect(await gachette(...own, 'quick:0.0.1,test_application')).toMatchObject({ exitCode: 0 })
    expect(Object.keys(readAsIn2013(join(machine.dir, 'vagrant'), '0.0.1'))).toEqual(['dh-test-application'])
    expect(readFileSync(join(machine.project, 'examples/.vagrant/known_hosts'), 'utf8')).toContain(
      `[${machine.server.address}]:${machine.server.port} ssh-ed25519 `,
    )
  })

  test('examples/local.yml builds on this machine', async () => {
    const place = join(machine.dir, 'local')
    const own = [
      ...['-c', 'examples/local.yml', '--set', `meta_path=${place}`, '--set', `work_path=${place}`],
      ...['--set', `projects.shop.url=${machine.dir}/repositories/shop`],
    ]
    expect(await gachette(...own, 'stack_create:0.0.1', 'quick:0.0.1,shop')).toMatchObject({ exitCode: 0 })
    expect(Object.keys(readAsIn2013(place, '0.0.1'))).toEqual(['dh-shop'])
  })
})
