import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { type CommandLine, type CommandLineOptions, commandLine } from '../support/command-line.ts'
import { exited, fakeHosts, untilAborted } from '../support/fake-session.ts'

const made: CommandLine[] = []
const begin = (options?: CommandLineOptions) => {
  const line = commandLine(options)
  made.push(line)
  return line
}
afterEach(() => {
  for (const line of made.splice(0)) line.remove()
})

const restart = defineTask({
  summary: 'Restart a service',
  params: {
    unit: { type: 'string', summary: 'systemd unit' },
    wait: { type: 'number', default: 30, summary: 'seconds to wait' },
    token: { type: 'secret', optional: true, summary: 'for the health check' },
  },
  async run({ run }, { unit, wait }) {
    await run`systemctl restart ${unit}`
    await run`sleep ${wait}`
  },
})
const build = defineTask({
  summary: 'Build a project',
  params: {
    name: { type: 'string' },
    url: { type: 'string', setting: 'projects.<name>.url' },
    debs: { type: 'string', setting: 'debs_path', summary: 'where packages go' },
    builder: { type: 'string', setting: ['projects.<name>.builder', 'builder'] },
    missile: { type: 'string', setting: 'projects.<name>.path_to_missile', default: '.missile.yml' },
    user: { type: 'string', setting: 'user', optional: true },
  },
  async run({ run }, { name, url }) {
    await run`build ${name} ${url}`
  },
})
const count = defineTask({
  summary: 'Count',
  async run({ ask }) {
    return { lines: Number(await ask`wc -l`) }
  },
  answer: ({ lines }) => `${lines} lines`,
})
const builtIn = { restart, build, count }

describe('listing', () => {
  const files = {
    'gachette.tasks.ts': `import { defineTask } from 'gachette'
export const build = defineTask({ summary: 'Our own build', async run() {} })`,
    'tasks/db/migrate.ts': `import { defineTask } from 'gachette'
export const migrate = defineTask({ summary: 'Migrate', params: { to: { type: 'string', optional: true } }, async run() {} })`,
  }
  const listed = `Built-in tasks:
  count           Count
  gachette.build  Build a project
                    name, [url], [debs], [builder], missile=.missile.yml, [user]
  restart         Restart a service
                    unit, wait=30, [token]

The project's own:
  build           Our own build
  db.migrate      Migrate
                    [to]

gachette help TASK says more of one; gachette --help shows how to run them.
`

  test('-l shows every task, with its parameters', async () => {
    const { gachette } = begin({ builtIn, files })
    expect(await gachette('-l')).toEqual({ exitCode: 0, stdout: listed, stderr: '' })
    expect(await gachette('--list')).toEqual({ exitCode: 0, stdout: listed, stderr: '' })
  })

  test('-l --json is one document', async () => {
    const { gachette } = begin({ builtIn: { restart }, files })
    const { stdout } = await gachette('-l', '--json')
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      tasks: [
        {
          name: 'restart',
          summary: 'Restart a service',
          group: 'built-in',
          answers: false,
          params: [
            { name: 'unit', type: 'string', summary: 'systemd unit' },
            { name: 'wait', type: 'number', default: 30, summary: 'seconds to wait' },
            { name: 'token', type: 'secret', optional: true, summary: 'for the health check' },
          ],
        },
        {
          name: 'build',
          summary: 'Our own build',
          group: 'project',
          file: 'DIR/gachette.tasks.ts',
          answers: false,
          params: [],
        },
        {
          name: 'db.migrate',
          summary: 'Migrate',
          group: 'project',
          file: 'DIR/tasks/db/migrate.ts',
          answers: false,
          params: [{ name: 'to', type: 'string', optional: true }],
        },
      ],
    })
  })

  test('-c FILE -l lists as well', async () => {
    const { gachette } = begin({ builtIn, files: { ...files, 'other.yml': 'tasks: [tasks/db]\n' } })
    const { stdout } = await gachette('-c', 'other.yml', '-l')
    expect(stdout).toContain("The project's own:\n  migrate ")
    expect(stdout).not.toContain('Our own build')
  })

  test('a broken task file is one error with its place', async () => {
    const { gachette } = begin({ builtIn, files: { 'tasks/a.ts': '\nexport const a = nonsense\n' } })
    expect(await gachette('-l')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'DIR/tasks/a.ts:2: nonsense is not defined\n',
    })
  })
})

describe('help', () => {
  test('of a task says type, default and where the default comes from', async () => {
    const { gachette } = begin({
      builtIn,
      files: { '.gachetterc': 'meta_path: /srv/meta\ndebs_path: /srv/debs\n' },
    })
    const wanted = `gachette build NAME [URL] [DEBS] [BUILDER] [MISSILE] [USER]

  Build a project

Parameters, in order, or by name as --parameter VALUE:
  name     string  required
  url      string  default: setting projects.<name>.url
  debs     string  where packages go
                   default: /srv/debs (setting debs_path, .gachetterc:2:1)
  builder  string  default: setting projects.<name>.builder, else auto (setting builder, default)
  missile  string  default: setting projects.<name>.path_to_missile, else .missile.yml
  user     string  optional (setting user)

Type
  gachette build NAME --url URL
  gachette build:NAME,url=URL
`
    expect(await gachette('help', 'build')).toEqual({ exitCode: 0, stdout: wanted, stderr: '' })
    expect((await gachette('build', '--help')).stdout).toBe(wanted)
    expect((await gachette('-h', 'build')).stdout).toBe(wanted)
  })

  test('the line to type keeps the order of the parameters', async () => {
    const pin = defineTask({
      summary: 'Pin',
      params: {
        name: { type: 'string' },
        meta: { type: 'string', setting: 'meta_path' },
        stack: { type: 'string' },
        why: { type: 'string', optional: true },
      },
      run() {},
    })
    const { stdout } = await begin({ builtIn: { pin } }).gachette('help', 'pin')
    expect(stdout).toContain(
      'gachette pin NAME META STACK --why WHY\n  gachette pin:NAME,META,STACK,why=WHY\n',
    )
  })

  test('of the program teaches: grouped options, both ways of calling, examples', async () => {
    const { gachette } = begin()
    const { stdout, exitCode } = await gachette('--help')
    expect(exitCode).toBe(0)
    expect(stdout.match(/^\S.*:$/gm)).toEqual(['Where:', 'How:', 'What is said:', 'Tasks:', 'Examples:'])
    expect((await gachette('help')).stdout).toBe(stdout)
    expect((await gachette('-h')).stdout).toBe(stdout)
  })

  test('of a task that is not there', async () => {
    const { gachette } = begin({ builtIn })
    expect(await gachette('help', 'bild')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'there is no task "bild"\n  did you mean build?\n  gachette -l lists the tasks\n',
    })
  })
})

describe('running', () => {
  test('a task in either manner, on the hosts that are named', async () => {
    for (const argv of [
      ['-H', 'web1,web2', 'restart:nginx,wait=5'],
      ['-H', 'web1', '-H', 'web2', 'restart', 'nginx', '--wait', '5'],
      ['restart', 'nginx', '5', '--hosts=web1,web2'],
    ]) {
      const hosts = fakeHosts()
      const { gachette } = begin({ builtIn, hosts })
      expect(await gachette(...argv)).toMatchObject({ exitCode: 0 })
      expect(hosts.log.filter((line) => line.includes('$'))).toEqual([
        'web1$ systemctl restart nginx',
        'web1$ sleep 5',
        'web2$ systemctl restart nginx',
        'web2$ sleep 5',
      ])
    }
  })

  test('several tasks in order', async () => {
    const hosts = fakeHosts()
    const { gachette } = begin({ builtIn, hosts })
    await gachette('-H', 'h', 'build:a,git@github.com:ops/x', 'restart:a,0')
    expect(hosts.log.filter((line) => line.includes('$'))).toEqual([
      'h$ build a git@github.com:ops/x',
      'h$ systemctl restart a',
      'h$ sleep 0',
    ])
  })

  test('everything is checked before anything is connected', async () => {
    const hosts = fakeHosts()
    const { gachette } = begin({ builtIn, hosts })
    expect(await gachette('-H', 'h', 'build:a,u', 'restart:a,soon')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'restart: wait must be a number, not "soon"\n',
    })
    expect(hosts.log).toEqual([])
  })

  test('one word after -- is a line for the shell, several are carried literally', async () => {
    const hosts = fakeHosts()
    const { gachette } = begin({ builtIn, hosts })
    await gachette('-H', 'ubuntu@host', '--', 'cd /tmp && ls *')
    await gachette('-H', 'ubuntu@host', '--', 'sudo', 'docker', 'logs', '-f', "it's *")
    expect(hosts.log.filter((line) => line.includes('$'))).toEqual([
      'host$ cd /tmp && ls *',
      "host$ sudo docker logs -f 'it'\\''s *'",
    ])
  })

  test('what is piped in reaches the command of one host, and of several none', async () => {
    const read: string[] = []
    const hosts = fakeHosts(async (host, _, { stdin }) => {
      let text = ''
      if (typeof stdin === 'object' && Symbol.asyncIterator in stdin)
        for await (const chunk of stdin) text += chunk
      read.push(`${host}: ${text}`)
      return {}
    })
    const { gachette } = begin({ builtIn, hosts, stdin: 'piped' })
    await gachette('-H', 'a', '--', 'cat')
    await gachette('-H', 'a,b', '--', 'cat')
    expect(read).toEqual(['a: piped', 'a: ', 'b: '])
  })

  test('a task that only answers prints its answer, and with --json the document', async () => {
    const { gachette } = begin({ builtIn, hosts: fakeHosts(() => ({ stdout: ['7\n'] })) })
    expect(await gachette('-H', 'h', 'count')).toEqual({ exitCode: 0, stdout: '7 lines\n', stderr: '' })
    expect(await gachette('-H', 'h', 'count', '--json')).toMatchObject({ stdout: '{\n  "lines": 7\n}\n' })
  })

  test('--json gives one event per line', async () => {
    const { gachette } = begin({ builtIn })
    const { stdout } = await gachette('--json', '-H', 'h', 'restart:nginx')
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type)
    expect([types[0], types.at(-1)]).toEqual(['run-started', 'run-ended'])
  })

  test('--dry-run runs nothing', async () => {
    const hosts = fakeHosts(() => exited(1))
    const { gachette } = begin({ builtIn, hosts })
    expect(await gachette('--dry-run', '-H', 'h', 'restart:nginx')).toMatchObject({ exitCode: 0 })
  })
})

describe('where a task runs', () => {
  const opened = async (files: Record<string, string>, ...argv: string[]) => {
    const hosts = fakeHosts()
    const own = defineTask({
      summary: '',
      hosts: ['@web'],
      async run({ run }) {
        await run`true`
      },
    })
    const none = defineTask({ summary: '', hosts: 'none', run: () => 1 })
    const { gachette } = begin({ builtIn: { ...builtIn, own, none }, hosts, files })
    const { stderr, exitCode } = await gachette(...argv)
    return exitCode === 2 ? stderr : hosts.log.filter((line) => line.startsWith('open'))
  }
  const config = {
    '.gachetterc': `hosts: [fallback]
roles: {web: [web1, web2], db: [db1]}
projects: {shop: {url: u, hosts: [builder]}, plain: {url: u}}
`,
  }

  test('where the run says', async () => {
    expect(await opened(config, '-H', 'here', 'build:shop')).toEqual(['open here'])
    expect(await opened(config, '-R', 'web,db', '-x', 'web2', 'build:shop')).toEqual([
      'open web1',
      'open db1',
    ])
  })

  test("else on the project's hosts, else the task's own, else the hosts of the settings", async () => {
    expect(await opened(config, 'build:shop')).toEqual(['open builder'])
    expect(await opened(config, 'own')).toEqual(['open web1', 'open web2'])
    expect(await opened(config, 'build:plain')).toEqual(['open fallback'])
  })

  test('nowhere, if it concerns no machine', async () => {
    expect(await opened(config, '-H', 'web1', 'none')).toEqual([])
  })

  test('without a host it is refused, with what to do', async () => {
    expect(await opened({}, 'build:shop,u')).toBe(`build: there is no host to run on
  name one:  -H user@host  or  -R role  or  -H local  for this machine
  or set  projects.shop.hosts
  or set  hosts  in .gachetterc
`)
    expect(await opened(config, '-H', 'a', '-x', 'a', 'own')).toBe(
      'own: no host is left\n  -x a leaves all of them out\n',
    )
    expect(await opened(config, '-H', '', 'own')).toBe(
      'own: what is given as hosts names none\n  is a variable empty, or a role?\n',
    )
  })
})

describe('exit codes', () => {
  const code = async (...argv: string[]) => {
    const hosts = fakeHosts((_, command) => exited(command === 'false' ? 1 : 0), ['gone'])
    return (await begin({ builtIn, hosts }).gachette(...argv)).exitCode
  }

  test('0 done, 1 failed, 2 usage, 3 unreachable; failed before unreachable', async () => {
    expect(await code('-H', 'a', '--', 'true')).toBe(0)
    expect(await code('-H', 'a', '--', 'false')).toBe(1)
    expect(await code('nonsense')).toBe(2)
    expect(await code('--nonsense')).toBe(2)
    expect(await code('--pool')).toBe(2)
    expect(await code()).toBe(2)
    expect(await code('-H', 'gone', '--', 'true')).toBe(3)
    expect(await code('-H', 'gone,a', '--', 'false')).toBe(1)
  })

  test('the first Ctrl-C ends what runs: 130; the second ends the program', async () => {
    let endedNow: number | undefined
    const hosts = fakeHosts(async (_, __, options) => {
      line.signals.emit('SIGINT')
      const reply = await untilAborted(options)
      line.signals.emit('SIGINT')
      return reply
    })
    const line = begin({ builtIn, hosts, onEndNow: (exitCode) => (endedNow = exitCode) })
    const { exitCode, stderr } = await line.gachette('-H', 'a,b', 'restart', 'nginx')
    expect(exitCode).toBe(130)
    expect(endedNow).toBe(130)
    expect(stderr).toContain('Ctrl-C: nothing new is started; another Ctrl-C stops at once')
    expect(hosts.log.filter((entry) => entry.includes('$'))).toEqual(['a$ systemctl restart nginx'])
    expect(line.signals.listenerCount('SIGINT')).toBe(0)
  })

  test('SIGTERM is a first Ctrl-C', async () => {
    const hosts = fakeHosts((_, __, options) => {
      line.signals.emit('SIGTERM')
      return untilAborted(options)
    })
    const line = begin({ builtIn, hosts })
    expect((await line.gachette('-H', 'a', 'restart', 'nginx')).exitCode).toBe(130)
  })
})

describe('a task that only answers', () => {
  const hosts = () => fakeHosts((host) => ({ stdout: [host === 'a' ? '3\n' : '4\n'] }))

  test('says of several hosts which one answers what', async () => {
    const { gachette } = begin({ builtIn, hosts: hosts() })
    expect((await gachette('-H', 'a', 'count')).stdout).toBe('3 lines\n')
    expect((await gachette('-H', 'a,b', 'count')).stdout).toBe('[a] 3 lines\n[b] 4 lines\n')
  })

  test('shows in a dry run what it would ask, not what is assumed', async () => {
    const { gachette } = begin({ builtIn, hosts: hosts() })
    const { stdout } = await gachette('--dry-run', '-H', 'a', 'count')
    expect(stdout).toContain('dry run: nothing runs')
    expect(stdout).toContain('$ wc -l')
    expect(stdout).not.toContain('0 lines')
  })
})

describe('errors', () => {
  test('a secret among the settings that is typed is used, with a warning', async () => {
    const hosts = fakeHosts(() => ({ stdout: ['hunter2\n'] }))
    const { gachette } = begin({ builtIn, hosts, env: { GACHETTE_SECRETS__API: 'not typed' } })
    expect(await gachette('--set', 'password=hunter2', '-H', 'a', '--', 'id')).toMatchObject({
      stdout: '[a] ***\n',
      stderr: expect.stringMatching(/^warning: --set password: a secret, typed .*\n(?!warning)/),
    })
  })

  test('a flag without its value is named', async () => {
    const { gachette } = begin({ builtIn })
    expect((await gachette('-H')).stderr).toBe(
      '-H, --hosts needs a value\n  gachette --help shows the options\n',
    )
  })

  test('what is odd about the settings is said once, also when flags after the task change them', async () => {
    const { gachette } = begin({ builtIn, env: { GACHETTE_USR: 'hero' } })
    const { stderr } = await gachette('-H', 'a', 'restart', 'nginx', '-u', 'root')
    expect(stderr.match(/GACHETTE_USR/g)).toHaveLength(1)
  })

  test('of settings are printed once', async () => {
    const { gachette } = begin({ files: { '.gachetterc': 'metapath: /srv\n' } })
    expect(await gachette('-l')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^\.gachetterc:1:1: .*metapath.*\n {2}did you mean meta_path\?\n$/),
    })
  })

  test('of options suggest the right one', async () => {
    expect(await begin().gachette('--hots', 'a')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: "unknown option '--hots'\n  did you mean --hosts?\n",
    })
    expect(await begin().gachette('--set', 'x', '-l')).toMatchObject({
      exitCode: 2,
      stderr: '--set "x": a setting is given as NAME=VALUE\n  such as  --set timeout=30\n',
    })
  })

  test('nobody foresaw are faults of ours, with a trace', async () => {
    const fault = {
      get boom() {
        throw new Error('boom')
      },
    }
    const { stderr, exitCode } = await begin({ builtIn: fault }).gachette('-l')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^this is a fault of gachette: boom\nError: boom\n {4}at /)
  })

  test('a reader that goes away is no error', async () => {
    const { gachette } = begin({ builtIn })
    expect((await gachette('-l')).exitCode).toBe(0)
  })
})

test("a user's task file as the guide shows it works as it stands", async () => {
  const hosts = fakeHosts((_, command) => (command.includes('is-active') ? { stdout: ['active\n'] } : {}))
  const { gachette } = begin({
    hosts,
    files: {
      '.gachetterc': 'roles: {web: [web1]}\n',
      'gachette.tasks.ts': `import { defineTask } from 'gachette'

export const restart = defineTask({
  summary: 'Restart a service and wait until it answers',
  hosts: ['@web'],
  params: {
    unit: { type: 'string', summary: 'systemd unit' },
    wait: { type: 'number', default: 30, summary: 'seconds to wait' },
    token: { type: 'secret', optional: true, summary: 'for the health check' },
  },
  async run({ run, ask, check, host, log }, { unit, wait }) {
    await run\`systemctl restart \${unit}\`
    log(\`\${host.name}: \${await ask\`systemctl is-active \${unit}\`}\`)
  },
})
`,
    },
  })
  expect(await gachette('restart', "ngi'nx")).toMatchObject({ exitCode: 0, stdout: '[web1] web1: active\n' })
  expect(hosts.log.filter((line) => line.includes('$'))).toEqual([
    "web1$ systemctl restart 'ngi'\\''nx'",
    "web1$ systemctl is-active 'ngi'\\''nx'",
  ])
})

test('a secret typed as an argument is warned about, and shown nowhere', async () => {
  const login = defineTask({
    summary: '',
    params: { token: { type: 'secret' } },
    async run({ run, log }, { token }) {
      await run`login ${token}`
      log(`logged in with ${token.reveal()}`)
    },
  })
  const hosts = fakeHosts(() => ({ stdout: ['your token is hun', 'ter2, remember it\n'] }))
  const { gachette } = begin({ builtIn: { login }, hosts })
  for (const argv of [
    ['login', 'hunter2'],
    ['login:hunter2'],
    ['--json', 'login:hunter2'],
    ['-v', 'login:token=hunter2'],
  ]) {
    const { stdout, stderr, exitCode } = await gachette('-H', 'h', ...argv)
    expect(exitCode).toBe(0)
    expect(stderr).toContain('warning: login: token is a secret')
    expect(stdout).toContain('your token is ')
    expect(stdout).toContain('logged in with ***')
    expect(stdout + stderr).not.toContain('hunter2')
  }
})

test('flags after a task that name other settings are heard before the task is looked up', async () => {
  const hosts = fakeHosts()
  const { gachette } = begin({
    hosts,
    files: {
      'other.yml': 'tasks: [more]\nhosts: [elsewhere]\n',
      'more/a.ts': `import { defineTask } from 'gachette'
export const version = defineTask({ summary: '', params: { n: { type: 'number' } }, async run({ run }, { n }) { await run\`echo \${n}\` } })`,
    },
  })
  expect(await gachette('version', '7', '-c', 'other.yml')).toMatchObject({ exitCode: 0 })
  expect(hosts.log.filter((line) => line.includes('$'))).toEqual(['elsewhere$ echo 7'])
})

test('init writes settings and a first task, which is there at once, and overwrites nothing', async () => {
  const { gachette, dir } = begin({ builtIn: {} })
  expect(await gachette('init')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^wrote DIR\/\.gachetterc\nwrote DIR\/gachette\.tasks\.ts\n/),
  })
  expect((await gachette('-l')).stdout).toContain('disk_free')
  writeFileSync(join(dir, '.gachetterc'), 'hosts: [mine]\n')
  expect((await gachette('init')).stdout).toContain('DIR/.gachetterc is there already, and stays as it is\n')
  expect(readFileSync(join(dir, '.gachetterc'), 'utf8')).toBe('hosts: [mine]\n')
  expect(await gachette('init', 'there')).toMatchObject({
    exitCode: 2,
    stderr: 'init takes no arguments, and got "there"\n  it writes into the working directory\n',
  })
})

test('version --verbose tells what it runs on, wherever the flag stands', async () => {
  const { gachette } = begin()
  const { stdout } = await gachette('version', '--verbose')
  expect(stdout.match(/^\w+/gm)).toEqual(['gachette', 'node', 'nodeSsh', 'revision'])
  expect((await gachette('--verbose', 'version')).stdout).toBe(stdout)
  expect((await gachette('version')).stdout).toBe(`${stdout.split('\n', 1)[0]}\n`)
})

test('show_config says where each setting comes from, and masks secrets', async () => {
  const { gachette } = begin({
    files: { '.gachetterc': 'meta_path: /srv/meta\n' },
    env: { GACHETTE_PASSWORD: 'hush' },
  })
  const { stdout } = await gachette('--set', 'timeout=3', 'show-config')
  expect(stdout).toMatch(/^meta_path +\/srv\/meta {2}\(.gachetterc:1:1\)$/m)
  expect(stdout).toMatch(/^timeout +3 {2}\(--set\)$/m)
  expect(stdout).toMatch(/^password +.*\*\*\*.* {2}\(environment GACHETTE_PASSWORD\)$/m)
  expect(stdout).not.toContain('hush')
  expect(JSON.parse((await gachette('show_config', '--json')).stdout)).toContainEqual({
    key: 'meta_path',
    value: '/srv/meta',
    source: '.gachetterc:1:1',
  })
})
