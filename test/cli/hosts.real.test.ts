import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { defineTask } from '../../src/task/index.ts'
import { type CommandLine, type CommandLineOptions, commandLine } from '../support/command-line.ts'
import { fakeHosts } from '../support/fake-session.ts'
import { describeWith } from '../support/needs.ts'

let line: CommandLine | undefined
afterEach(() => line?.remove())

/** Counts how often it was asked. */
const PROGRAM = `#!/bin/sh
echo asked >> asked
cat <<'END'
{"hosts": {"web1": {"address": "10.0.0.1", "vars": {"az": "a"}}},
 "roles": {"web": {"hosts": ["web[1-3]"], "user": "www"}, "db": ["db1"]}}
END
`
const SETTINGS = `inventory: ./hosts.sh
hosts: ["@web"]
roles: {few: ["@web", "!web2"], db: {vars: {size: 3}}}
`

function begin(options: CommandLineOptions = {}, program = PROGRAM): CommandLine {
  line = commandLine({
    ...options,
    files: { '.gachetterc': SETTINGS, 'hosts.sh': program, ...options.files },
  })
  chmodSync(join(line.dir, 'hosts.sh'), 0o755)
  return line
}

const timesAsked = ({ dir }: CommandLine): number =>
  existsSync(join(dir, 'asked')) ? readFileSync(join(dir, 'asked'), 'utf8').split('\n').length - 1 : 0

test('hosts says which hosts a selection means, how they are reached, and their roles', async () => {
  const { gachette } = begin()
  expect(await gachette('hosts', '@web,db1,local,!web3')).toEqual({
    exitCode: 0,
    stdout: `web[1-2],db1,local  (4)
web1   www@10.0.0.1  @web @few
web2   www@web2      @web
db1    db1           @db
local  this machine
`,
    stderr: expect.any(String),
  })
})

test('without a selection hosts says where a run would go', async () => {
  const { gachette } = begin()
  const first = async (...argv: readonly string[]) => (await gachette(...argv)).stdout.split('\n')[0]
  expect(await first('hosts')).toBe('web[1-3]  (3)')
  expect(await first('-R', 'few', 'hosts')).toBe('web[1,3]  (2)')
  expect(await first('-x', 'web1', 'hosts')).toBe('web[2-3]  (2)')
  expect(await first('--limit', 'web*3', 'hosts')).toBe('web3  (1)')
  expect(await first('-x', 'web*', 'hosts')).toBe('none')
})

test('with --json all is said that is known', async () => {
  const { gachette } = begin()
  expect(JSON.parse((await gachette('hosts', 'web1,db1', '--json')).stdout)).toEqual([
    { kind: 'ssh', name: 'web1', address: '10.0.0.1', user: 'www', roles: ['web', 'few'], vars: { az: 'a' } },
    { kind: 'ssh', name: 'db1', address: 'db1', roles: ['db'], vars: { size: 3 } },
  ])
})

test('a task knows the roles of its host and what was written down about it', async () => {
  const told = defineTask({
    summary: '',
    run: ({ host }) => ({ roles: host.roles, vars: host.vars }),
    answer: (known) => JSON.stringify(known),
  })
  const { gachette } = begin({ builtIn: { told } })
  expect((await gachette('-H', 'web1', 'told')).stdout).toContain('{"roles":["web","few"],"vars":{"az":"a"}}')
})

test('the program is asked only when hosts are needed, and its answer is believed for a while', async () => {
  const all = begin({ builtIn: { none: defineTask({ summary: '', hosts: 'none', run: () => 1 }) } })
  for (const argv of [['-l'], ['--help'], ['help', 'none'], ['none'], ['--version']])
    await all.gachette(...argv)
  expect(timesAsked(all)).toBe(0)
  await all.gachette('-R', 'web', '--', 'true')
  await all.gachette('-R', 'db', '--dry-run', '--', 'true')
  expect(timesAsked(all)).toBe(1)
  await all.gachette('--set', 'inventory_cache=0', '--', 'true')
  expect(timesAsked(all)).toBe(2)
  await all.gachette('--set', 'inventory=./hosts.sh --more', '--', 'true')
  expect(timesAsked(all)).toBe(3)
  // A program that was changed is asked anew.
  writeFileSync(join(all.dir, 'hosts.sh'), `${PROGRAM}\n# changed`)
  await all.gachette('--', 'true')
  expect(timesAsked(all)).toBe(4)
})

test('an answer that is too old, or from the future, is not believed', async () => {
  const all = begin()
  await all.gachette('--', 'true')
  const now = Date.now()
  const clock = vi.spyOn(Date, 'now')
  for (const [at, asked] of [
    [now + 50_000, 1],
    [now + 70_000, 2],
    [now, 3],
  ] as const) {
    clock.mockReturnValue(at)
    await all.gachette('--', 'true')
    expect(timesAsked(all)).toBe(asked)
  }
  clock.mockRestore()
})

test('what it gets wrong ends the run before anything is connected', async () => {
  const hosts = fakeHosts()
  const { gachette } = begin({ hosts }, `#!/bin/sh\necho '{"roles": {"web": ["web[3-1]"]}}'\n`)
  expect(await gachette('--', 'true')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `inventory DIR/hosts.sh: roles.web[0]: entry 1 of roles.web: "web[3-1]" names no hosts: 3-1 runs backwards
  a range is written  web[01-20] , web[1,3,5-7]  or  rack[1-3]n[1-4]
`,
  })
  expect(hosts.log).toEqual([])
})

test('when it fails, what it said is shown, and an old answer does not take its place', async () => {
  const all = begin()
  await all.gachette('--', 'true')
  writeFileSync(join(all.dir, 'hosts.sh'), '#!/bin/sh\necho no credentials >&2\nexit 4\n')
  expect(await all.gachette('--', 'true')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'inventory DIR/hosts.sh ended with exit code 4\n  | no credentials\n',
  })
})

test('Ctrl-C ends it', async () => {
  const all = begin({}, '#!/bin/sh\necho $$ > asked\nexec sleep 600\n')
  const running = all.gachette('--', 'true')
  await vi.waitFor(() => expect(readFileSync(join(all.dir, 'asked'), 'utf8')).toMatch(/\d\n/), 5000)
  all.signals.emit('SIGINT')
  expect((await running).exitCode).toBe(130)
})

test('--hosts-from takes hosts from a file, line by line, beside those of -H', async () => {
  const list = '# all of them\nweb1,web2   # two\r\n\n  @db\n\tx[1-2] y\n'
  const hosts = fakeHosts()
  const all = begin({ hosts, files: { list, empty: '# nobody\n', odd: 'web1\nb;c\n' } })
  await all.gachette('-H', 'first', '--hosts-from', 'list', '-x', 'web2', '--', 'true')
  expect(hosts.log.filter((each) => each.startsWith('open'))).toEqual(
    ['first', 'web1', 'db1', 'x1', 'x2', 'y'].map((name) => `open ${name}`),
  )
  const refusal = async (file: string) => (await all.gachette('--hosts-from', file, '--', 'true')).stderr
  expect(await refusal('empty')).toBe('--hosts-from empty names no host\n')
  expect(await refusal('gone')).toBe('--hosts-from gone: there is no such file\n')
  expect(await refusal('.')).toBe('--hosts-from .: it cannot be read\n')
  expect(await refusal('odd')).toBe(
    'odd:2: "b;c" is not a host: that is no host name\n  a host is written  web1 , user@web1:22 , [::1]:22  or  local\n',
  )
})

test('--hosts-from - takes them from stdin, which no command reads then', async () => {
  const seen: unknown[] = []
  const hosts = fakeHosts((_host, _command, options) => {
    seen.push(options.stdin)
    return {}
  })
  const { gachette } = begin({ hosts, stdin: 'web9\n' })
  expect(await gachette('--hosts-from', '-', '--', 'cat')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^web9: done/),
  })
  expect([hosts.log[0], seen]).toEqual(['open web9', [undefined]])
})

test('--limit that leaves nobody is told', async () => {
  const { gachette } = begin()
  expect((await gachette('--limit', 'db1', '--', 'true')).stderr).toBe(
    'the command: no host is left\n  none of them is among --limit db1\n',
  )
})

test('the answer is kept in a folder and a file of ours alone', async () => {
  const all = begin()
  await all.gachette('--', 'true')
  const { readdirSync, statSync } = await import('node:fs')
  const folder = join(all.home, '.cache/gachette')
  const [file = ''] = readdirSync(folder).filter((name) => name.startsWith('inventory-'))
  expect([statSync(folder).mode & 0o777, statSync(join(folder, file)).mode & 0o777]).toEqual([0o700, 0o600])
  // What others can write to is not believed.
  chmodSync(join(folder, file), 0o666)
  await all.gachette('--', 'true')
  expect(timesAsked(all)).toBe(2)
  rmSync(join(folder, file))
})

describeWith(['ansible-inventory'], 'an inventory of Ansible', () => {
  test('is understood as ansible-inventory prints it', async () => {
    const ini = `[web]
web[01:03] ansible_user=www http_port=80
web03 ansible_host=10.0.0.3 ansible_password=hunter2
[db]
db1 ansible_port=2222
[prod:children]
web
db
[prod:vars]
site=eu
`
    const settings = 'inventory: [ansible-inventory, -i, hosts.ini, --list]\ninventory_cache: 0\n'
    const { PATH = '' } = process.env
    line = commandLine({
      files: { '.gachetterc': settings, 'hosts.ini': ini },
      env: { PATH, HOME: '/nonexistent', ANSIBLE_LOCAL_TEMP: '/tmp' },
    })
    const { exitCode, stdout } = await line.gachette('hosts', '@prod!web02', '--json')
    const host = (name: string, more: object, roles: readonly string[]) => ({
      kind: 'ssh',
      name,
      address: name,
      ...more,
      roles: expect.arrayContaining([...roles]),
    })
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      host('web01', { user: 'www', vars: { http_port: 80, site: 'eu' } }, ['web', 'prod', 'all']),
      host('web03', { user: 'www', address: '10.0.0.3', vars: { http_port: 80, site: 'eu' } }, [
        'web',
        'prod',
      ]),
      host('db1', { port: 2222, vars: { site: 'eu' } }, ['db', 'prod', 'all']),
    ])
    expect(stdout).not.toContain('hunter2')
  })
})

test('no role of the program holds this machine, neither by a role of ours nor by a wildcard', async () => {
  const program = `#!/bin/sh
echo '{"roles": {"web": {"hosts": ["@ours"], "env": {"LD_PRELOAD": "/tmp/x"}}, "any": ["*", "@web"], "ours": {"vars": {"a": 1}}}}'
`
  const { gachette } = begin(
    { files: { '.gachetterc': 'inventory: ./hosts.sh\nroles: {ours: [local, db1]}\n' } },
    program,
  )
  expect((await gachette('hosts', '@web,@any')).stdout).toBe('db1  (1)\ndb1  db1  @web @any @ours\n')
  expect((await gachette('hosts', '@ours')).stdout).toBe(
    'local,db1  (2)\nlocal  this machine  @ours\ndb1    db1           @web @any @ours\n',
  )
})
