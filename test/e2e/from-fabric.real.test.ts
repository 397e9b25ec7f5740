import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CommandFailed,
  defineTask,
  onHost,
  type RunEvent,
  run,
  Secret,
  sh,
  type TaskContext,
  TaskError,
  words,
} from 'gachette'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { me } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

// What docs/from-fabric.md says is written here instead of a Fabric call, written, and seen to do it.
describeWith(['sshd', 'root', 'sudo', 'bash'], 'docs/from-fabric.md: what tasks call', () => {
  let server: Sshd
  let [root, dir, host] = ['', '', '']
  beforeAll(async () => {
    server = await startSshd()
    root = mkdtempSync(join(tmpdir(), 'gachette-fabric-'))
    host = `${me}@${server.address}:${server.port}`
  })
  afterAll(async () => {
    await server.stop()
    rmSync(root, { recursive: true })
  })
  beforeEach(() => {
    dir = mkdtempSync(join(root, 'test-'))
  })

  const settings = () => ({
    use_ssh_config: false,
    key_filename: server.keyFile,
    known_hosts: server.knownHosts,
    'roles.web': [host],
  })
  const there = <T>(body: (context: TaskContext) => Promise<T>) =>
    onHost(host, body, { settings: settings() })
  const text = (name: string) => readFileSync(join(dir, name), 'utf8')

  test('run, its result, and what it may be told', async () => {
    const [b, c] = ['it is; one word', ['two', 'words']]
    const said = await there(async ({ run, ask }) => [
      (await run`echo a ${b} ${c}`).stdout,
      (await run(sh`exit 3`, { accept: [0, 3] })).exitCode,
      (await run`echo oops >&2`).stderr,
      await ask`echo text`,
      await ask(sh`pwd`, { cwd: '/usr' }),
      await ask(sh`echo $A`, { env: { A: 'b' } }),
      await ask(sh`. ./env && ${sh`echo $FROM`}`, { cwd: dir }).catch(() => 'no env yet'),
      await ask(sh`echo $PATH`, { env: { PATH: '/opt/bin:/usr/bin:/bin' } }),
      await ask`bash -lc ${'shopt -q login_shell && echo login'}`,
      await ask(sh`cat`, { stdin: 'in' }),
      await ask(sh`test -t 1 && echo tty`, { pty: true }),
      await ask(sh`id -un`, { sudo: true }),
    ])
    expect(said).toEqual([
      'a it is; one word two words\n',
      3,
      'oops\n',
      'text',
      '/usr',
      'b',
      'no env yet',
      '/opt/bin:/usr/bin:/bin',
      'login',
      'in',
      'tty',
      'root',
    ])
    writeFileSync(join(dir, 'env'), 'FROM=env\n')
    const command = sh`echo $FROM`
    expect(await there(({ ask }) => ask(sh`. ./env && ${command}`, { cwd: dir }))).toBe('env')
  })

  test('what fails: an exception with the result, a limit of time, a task of its own', async () => {
    const failed = await there(({ run }) => run`echo out; exit 3`).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(CommandFailed)
    expect(failed).toMatchObject({ result: { outcome: { type: 'exited', code: 3 }, stdout: 'out\n' } })
    const late = await there(({ run }) => run(sh`sleep 60`, { timeoutMs: 300 })).catch((error) => error)
    expect(late).toMatchObject({ code: 'timed-out', result: { outcome: { remote: { type: 'ended' } } } })
    const stop = there(async () => {
      throw new TaskError('no room', { hint: 'make some' })
    })
    await expect(stop).rejects.toMatchObject({ message: 'no room', hint: 'make some' })
  })

  test('sudo, as root and as another user', async () => {
    const said = await there(async ({ sudo }) => [
      (await sudo`id -un`).stdout,
      (await sudo(sh`id -un`, { user: 'nobody' })).stdout,
    ])
    expect(said).toEqual(['root\n', 'nobody\n'])
  })

  test('local, in another folder here, and its output as text', async () => {
    const said = await there(async ({ local }) => [
      (await local.run(sh`pwd`, { cwd: '/usr' })).stdout,
      await local.ask`echo here`,
    ])
    expect(said).toEqual(['/usr\n', 'here'])
  })

  test('put and get: a file, a folder, a mode, as root, a text', async () => {
    mkdirSync(join(dir, 'site/css'), { recursive: true })
    writeFileSync(join(dir, 'site/css/a.css'), 'a')
    writeFileSync(join(dir, 'run.sh'), '#!/bin/sh\n')
    const path = join(dir, 'config')
    await there(async ({ put, get, run }) => {
      await put(join(dir, 'site'), join(dir, 'served'))
      await put(join(dir, 'run.sh'), join(dir, 'there.sh'), { mode: 0o755, sudo: true })
      await get(join(dir, 'served'), join(dir, 'back'))
      await run(sh`cat > ${path}`, { stdin: 'from a text' })
    })
    expect([text('back/css/a.css'), text('config')]).toEqual(['a', 'from a text'])
    expect(statSync(join(dir, 'there.sh')).mode & 0o777).toBe(0o755)
  })

  test('contrib.files: exists, is_link, contains, append, sed, comment, a template', async () => {
    const path = join(dir, 'conf')
    const line = 'listen = 80'
    const answers = await there(async ({ check, run, ask }) => {
      const before = await check`test -e ${path}`
      await run(sh`cat > ${path}`, { stdin: 'workers = 2\n' })
      for (const each of [line, line])
        if (!(await check`grep -qxF -- ${each} ${path}`)) await run`printf '%s\n' ${each} >>${path}`
      await run`sed -i 's/^workers = .*/workers = 8/' ${path}`
      await run`sed -i 's/^listen/#&/' ${path}`
      return [
        before,
        await check`test -L ${path}`,
        await check`grep -q workers ${path}`,
        await ask`cat ${path}`,
      ]
    })
    expect(answers).toEqual([false, false, true, 'workers = 8\n#listen = 80'])
  })

  test('what goes on behind: at once, and for longer than we are here', async () => {
    const file = join(dir, 'done')
    const said = await there(async ({ run, ask }) => {
      await run(sh`echo job >${file}`, { durable: true })
      return Promise.all([ask`sleep 0.2; echo slow`, ask`echo quick`])
    })
    expect([said, text('done')]).toEqual([['slow', 'quick'], 'job\n'])
  })

  test('several tasks on hosts of a role, one on another host, once, and what came of each', async () => {
    const seen: string[] = []
    const restart = defineTask({
      summary: 'Restart',
      params: { unit: { type: 'string' } },
      run: async ({ ask, host }, { unit }) => `${host.kind} ${await ask`echo ${unit}`}`,
    })
    const deploy = defineTask({
      summary: 'Deploy',
      hosts: ['@web'],
      params: { token: { type: 'secret' } },
      async run(context, { token }) {
        const { host, on, once, warn, log, run, setting } = context
        await once('migrated', async () => void (await host.on('local').run`touch ${join(dir, 'migrated')}`))
        log(`${host.roles?.join()} ${String(setting('use_ssh_config'))}`)
        warn('careful')
        await run`echo ${token}`
        return [await restart(context, { unit: 'nginx' }), await restart(on('local'), { unit: 'pg' })]
      },
    })
    const note = defineTask({ summary: 'Once, here', hosts: 'none', run: () => seen.push('once') })
    const events: RunEvent[] = []
    const outcome = await run({
      tasks: [[deploy, { token: new Secret('hunter2hunter2') }], [note]],
      settings: settings(),
      onEvent: (event) => void events.push(event),
    })
    expect(outcome.steps.map(({ outcome: { type }, result }) => [type, result])).toEqual([
      ['done', ['ssh nginx', 'local pg']],
      ['done', 1],
    ])
    expect([existsSync(join(dir, 'migrated')), seen]).toEqual([true, ['once']])
    const told = events.flatMap((event) =>
      'text' in event && event.type !== 'command-started' ? event.text : [],
    )
    expect(told).toEqual(['web false', 'careful', '***\n'])
  })

  test('a command made of a list of words, with options, in one line', async () => {
    const argv = ['printf', '%s|', "it's", '$HOME']
    expect(await there(({ ask }) => ask(words(argv)))).toBe("it's|$HOME|")
  })
})
