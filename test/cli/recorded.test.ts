import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { defineTask } from '../../src/index.ts'
import * as ours from '../../tasks/index.ts'
import { type CommandLine, type CommandLineOptions, commandLine } from '../support/command-line.ts'
import { exited, type FakeHosts, fakeHosts, type Script } from '../support/fake-session.ts'
import {
  entriesIn,
  giveTo,
  killAfter,
  modesIn,
  runFolders,
  runsIn,
  startOf,
} from '../support/recorded-runs.ts'

const made: CommandLine[] = []
afterEach(() => {
  for (const line of made.splice(0)) line.remove()
})

const restart = defineTask({
  summary: 'Restart a service',
  params: {
    unit: { type: 'string' },
    token: { type: 'secret', optional: true },
    url: { type: 'string', optional: true, setting: 'projects.shop.url' },
  },
  async run({ run, once, host }, { unit }) {
    await run`systemctl restart ${unit}`
    return `${host.name}: ${unit} restarted ${await once('number', async () => ++counted)}`
  },
})
const check = defineTask({
  summary: 'Check a service',
  async run({ run, host }) {
    await run`check ${host.name}`
  },
})
let counted = 0
const builtIn = { restart, check, ...ours }

/** The program in a folder of its own; hosts do what `script` says at the time. */
function begin(options: Partial<CommandLineOptions> = {}) {
  counted = 0
  let script: Script = (host, command) =>
    host === 'web2' && command.startsWith('check')
      ? exited(3)
      : { stdout: [`${host}: `, `${command}\n`], stderr: [`note of ${host}\n`] }
  const hosts: FakeHosts = fakeHosts((...asked) => script(...asked))
  const line = commandLine({ builtIn, hosts, ...options })
  made.push(line)
  return {
    ...line,
    runs: runsIn(line.home),
    hosts,
    folders: () => runFolders(line.home),
    folder: () => runFolders(line.home).at(-1) ?? '',
    setScript: (next: Script) => {
      script = next
    },
  }
}
const onThree = ['-H', 'web1,web2,web3'] as const
const commandsOf = (hosts: FakeHosts) => hosts.log.filter((entry) => entry.includes('$ '))

describe('what is written down', () => {
  test('the request, the events and what each host printed; nobody else can look', async () => {
    const { gachette, folder, runs } = begin()
    await gachette(...onThree, 'restart:nginx', 'check:')
    const run = folder().split('/').at(-1) ?? ''
    expect(run).toMatch(/^\d{8}T\d{9}Z-[0-9a-f]{8}$/)
    expect(modesIn(runs)).toEqual({
      [run]: '700',
      [`${run}/events.jsonl`]: '600',
      [`${run}/owner.1`]: '600',
      [`${run}/request.json`]: '600',
      [`${run}/web1.log`]: '600',
      [`${run}/web2.log`]: '600',
      [`${run}/web3.log`]: '600',
    })
    expect(readFileSync(join(folder(), 'web1.log'), 'utf8')).toBe(
      'web1: systemctl restart nginx\nnote of web1\nweb1: check web1\nnote of web1\n',
    )
    expect(entriesIn(folder()).map(({ type }) => type)).not.toContain('output')
    expect(entriesIn(folder()).filter(({ type }) => type === 'command-ended')[0]).toMatchObject({
      host: 'web1',
      log: 43,
    })
  })

  test('neither dry runs, nor listings, nor what only answers, nor a run where runs_kept is 0', async () => {
    const { gachette, home, write } = begin()
    await gachette('--dry-run', ...onThree, 'check')
    await gachette('-l')
    await gachette('help', 'check')
    await gachette('show_config')
    await gachette('runs')
    await gachette(...onThree, '--set', 'runs_kept=0', 'check')
    write('.gachetterc', 'runs_kept: 0\n')
    await gachette(...onThree, 'check')
    expect(readdirSync(home)).not.toContain('.local')
  })

  test('below XDG_STATE_HOME where it is set', async () => {
    const { gachette, dir, home } = begin()
    const there = begin({ env: { XDG_STATE_HOME: join(dir, 'state') } })
    await gachette('-H', 'web1', 'check')
    await there.gachette('-H', 'web1', 'check')
    expect(readdirSync(runsIn(home))).toHaveLength(1)
    expect(readdirSync(join(dir, 'state/gachette/runs'))).toHaveLength(1)
  })

  test('no secret, wherever it was typed', async () => {
    const { gachette, folder, runs, write, setScript } = begin()
    write('.gachetterc', 'secrets.token: "hidden-in-settings"\n')
    setScript(() => ({ stdout: ['it is hidden-as-token, hidden-in-', 'settings\n'] }))
    const typed = ['--token', 'hidden-as-token', '--url', 'https://jo:hidden-in-url@git.example.org/shop']
    await gachette('--set', 'password=hidden-password', ...onThree, 'restart', 'nginx', ...typed)
    const texts = readdirSync(folder()).map((name) => readFileSync(join(folder(), name), 'utf8'))
    expect(texts.join('\n')).not.toContain('hidden')
    expect(readFileSync(join(folder(), 'web1.log'), 'utf8')).toBe('it is ***, ***\n')
    expect(runs).not.toBe('')
  })

  test('where it cannot be written, one warning says so and the run goes on', async () => {
    const { gachette, home } = begin()
    writeFileSync(join(home, '.local'), 'a file\n')
    const { exitCode, stderr } = await gachette('-H', 'web1,web3', 'check')
    expect(exitCode).toBe(0)
    expect(stderr.match(/warning: this run is not recorded: .*/g)).toHaveLength(1)
  })

  test('nor in a folder that others can write to', async () => {
    const { gachette, runs } = begin()
    mkdirSync(runs, { recursive: true })
    const { chmodSync } = await import('node:fs')
    chmodSync(runs, 0o777)
    const { stderr } = await gachette('-H', 'web1', 'check')
    expect(stderr).toContain('warning: this run is not recorded: others can write to')
    expect(readdirSync(runs)).toEqual([])
  })
})

describe('runs and log', () => {
  test('runs lists them, the newest first', async () => {
    const { gachette } = begin()
    await gachette(...onThree, '--keep-going', 'restart:nginx', 'check:')
    await gachette('-H', 'web1', '--', 'uptime -p')
    const { stdout } = await gachette('runs')
    expect(stdout.replace(/\S+Z-\S+ {2}\S+ \S+/g, 'RUN').split('\n')).toEqual([
      "RUN  done             -H web1 -- 'uptime -p'  on web1",
      'RUN  failed (exit 1)  -H web1,web2,web3 --keep-going restart nginx; check  on web[1-3]',
      '',
    ])
    expect((await gachette('runs', '1')).stdout.split('\n')).toHaveLength(2)
  })

  test('runs --json is one document', async () => {
    const { gachette, folder } = begin()
    await gachette(...onThree, 'check')
    const found = JSON.parse((await gachette('--json', 'runs')).stdout)
    expect(found).toEqual([
      {
        run: folder().split('/').at(-1),
        startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        line: '-H web1,web2,web3 check',
        hosts: ['web1', 'web2', 'web3'],
        state: { type: 'failed', exitCode: 1, jobs: [] },
      },
    ])
  })

  test('a line of runs can be typed again', async () => {
    const { gachette } = begin()
    for (const typed of [
      ['--set', 'batch=1', '--sudo', '--', "df -- | tail -- 'x'"],
      ['--', 'uptime'],
      ['--', 'df', '-h', 'a|b'],
    ])
      await gachette('-H', 'web1', ...typed)
    const found: readonly { readonly line: string }[] = JSON.parse((await gachette('--json', 'runs')).stdout)
    expect(found.map(({ line }) => line)).toEqual([
      "-H web1 -- df -h 'a|b'",
      '-H web1 -- uptime',
      "-H web1 --set batch=1 --sudo -- 'df -- | tail -- '\\''x'\\'''",
    ])
  })

  test('log tells a run as it was told', async () => {
    const { gachette, setScript } = begin()
    setScript((host) => (host === 'web2' ? exited(3) : { stdout: [`hello from ${host}\n`, 'and more'] }))
    const told = await gachette(...onThree, 'restart:nginx', 'check:')
    expect(told.stdout).toContain('[web1] hello from web1\n[web1] and more\n')
    expect(await gachette('log', 'last')).toEqual({ ...told, exitCode: 0 })
  })

  test('log --fold tells it folded, and colours are those of a run', async () => {
    const { gachette, setScript } = begin({ env: { FORCE_COLOR: '1' } })
    setScript((host) => ({ stdout: [`hello from ${host}\n`, 'and more'] }))
    const run = ['-H', 'web1,web3', 'restart:nginx', 'check:'] as const
    expect(await gachette(...run)).toEqual(await gachette('log', 'last'))
    const told = await gachette('--fold', ...run)
    expect(told.stdout).toContain('\x1b[1mweb')
    expect(await gachette('log', 'last', '--fold')).toEqual(told)
  })

  test('log --json tells its events', async () => {
    const { gachette } = begin()
    const told = await gachette('--json', '-H', 'web1', 'restart', 'nginx')
    const once = await gachette('--json', 'log', 'last')
    const typesOf = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type)
        .filter((type) => type !== 'output')
    expect(typesOf(once.stdout)).toEqual(typesOf(told.stdout))
    expect(once.stdout).not.toContain('"log":')
  })

  test('log RUN HOST is what the host printed, byte by byte', async () => {
    const { gachette, setScript } = begin()
    setScript(() => ({ stdout: ['\x1b[1mbold\x1b[0m\r\n', Buffer.from([0xe2, 0x82]), Buffer.from([0xac])] }))
    await gachette('-H', 'root@web1:2222,jo@web1:2222', '--', 'x')
    expect((await gachette('log', 'last', 'root@web1:2222')).stdout).toBe('\x1b[1mbold\x1b[0m\r\n€')
    expect(await gachette('log', 'last', 'root@web1:222')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^the run \S+ had no host "root@web1:222"\n {2}did you mean root@web1:2222\?\n$/,
      ),
    })
  })

  test('log --follow shows what a host prints until the run is over, from another terminal', async () => {
    const { gachette, setScript, folder } = begin()
    let say = () => {}
    const said = new Promise<void>((resolve) => {
      say = resolve
    })
    setScript(async (_, __, { onStdout }) => {
      await onStdout?.(Buffer.from('first\n'))
      await said
      return { stdout: ['second\n'] }
    })
    const run = gachette('-H', 'web1', '--', 'x')
    await vi.waitFor(() => expect(readFileSync(join(folder(), 'web1.log'), 'utf8')).toBe('first\n'))
    const follow = gachette('log', 'last', '--follow')
    const plain = await gachette('log', 'last', 'web1')
    expect(plain.stdout).toBe('first\n')
    say()
    await run
    expect(await follow).toEqual({ exitCode: 0, stdout: 'first\nsecond\n', stderr: '' })
    await gachette('-H', 'web1,web2', '--', 'x')
    expect(await gachette('log', 'last', '--follow')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: '--follow shows what one host prints: name it\n  its hosts: web[1-2]\n',
    })
    expect((await gachette('log', 'last', 'web2', '--follow')).stdout).toBe('first\nsecond\n')
  })

  test('a run is named by its beginning, by the beginning of its last part, or as one of the last', async () => {
    const { gachette, folders } = begin()
    for (const host of ['web1', 'web3']) await gachette('-H', host, 'check')
    const [first = '', second = ''] = folders().map((folder) => folder.split('/').at(-1) ?? '')
    const hostOf = async (name: string) => (await gachette('log', name, '--verbose')).stdout.slice(0, 6)
    expect(await hostOf('last')).toBe('[web3]')
    expect(await hostOf('last~1')).toBe('[web1]')
    expect(await hostOf(first)).toBe('[web1]')
    expect(await hostOf(second.split('-')[1]?.slice(0, 6) ?? '')).toBe('[web3]')
    expect((await gachette('log', first.slice(0, 8))).stderr).toBe(
      `"${first.slice(0, 8)}" may be one of 2 runs\n  ${second}\n  ${first}\n  type more of it, or the beginning of the part after the -\n`,
    )
  })

  test.each(['../..', '.', '', '/', 'last~99', 'last~', '*', '..%2f', 'LAST'])(
    '%j names no run',
    async (name) => {
      const { gachette } = begin()
      await gachette('-H', 'web1', 'check')
      for (const word of ['log', 'attach', 'cancel']) {
        const { exitCode, stdout, stderr } = await gachette(word, name)
        expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
        expect(stderr).toMatch(/^no run ".*" is recorded\n {2}gachette runs {2}lists them\n$/)
      }
    },
  )

  test('what a newer gachette recorded is refused, and not listed', async () => {
    const { gachette, folder } = begin()
    await gachette('-H', 'web1', 'check')
    const path = join(folder(), 'request.json')
    const record = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...record, v: 2 }))
    expect(await gachette('log', 'last')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'this was recorded by a newer gachette (version 2 of the journal)\n  read it with that one\n',
    })
    expect((await gachette('runs')).stdout).toBe('')
    writeFileSync(path, JSON.stringify(record))
    writeFileSync(join(folder(), 'events.jsonl'), '{"v":2,"time":"x","type":"run-started"}\n')
    expect((await gachette('--resume', 'last')).stderr).toContain('version 2 of the journal')
  })

  test('a task of the project by one of these names wins, and ours stays as gachette.NAME', async () => {
    const files = {
      'gachette.tasks.ts': `import { defineTask } from 'gachette'
export const log = defineTask({ summary: 'Ours', hosts: 'none', run: ({ log }) => log('our own') })`,
    }
    const { gachette } = begin({ files })
    expect((await gachette('log')).stdout).toBe('[local] our own\n')
    expect((await gachette('gachette.log', 'last')).stdout).toBe('[local] our own\n')
    expect((await gachette('runs:', 'log:')).stderr).toContain('runs is a line of its own')
  })
})

describe('--failed', () => {
  test('runs the whole line once more, on the hosts that failed', async () => {
    const { gachette, hosts, setScript, folder } = begin()
    await gachette(...onThree, 'restart:nginx', 'check:')
    const before = commandsOf(hosts).length
    setScript(() => ({}))
    const { exitCode, stderr } = await gachette('--failed', 'last')
    expect(exitCode).toBe(0)
    expect(stderr).toContain('web2: done')
    expect(commandsOf(hosts).slice(before)).toEqual(['web2$ systemctl restart nginx', 'web2$ check web2'])
    expect(JSON.parse(readFileSync(join(folder(), 'request.json'), 'utf8'))).toMatchObject({
      of: { how: 'failed' },
      only: ['web2'],
    })
  })

  test('also those that were unreachable, and of a run that was such a one itself', async () => {
    const hosts = fakeHosts((_, command) => (command.startsWith('check') ? exited(3) : {}), ['web1'])
    const { gachette } = begin({ hosts })
    await gachette(...onThree, 'restart:nginx', 'check:')
    await gachette('--failed', 'last', '--keep-going')
    const before = hosts.log.length
    await gachette('--failed', 'last')
    expect(hosts.log.slice(before).filter((entry) => entry.startsWith('open'))).toEqual([
      'open web1',
      'open web2',
      'open web3',
    ])
  })

  test('is refused where nothing failed, and where the hosts are named anew', async () => {
    const { gachette, setScript } = begin()
    setScript(() => ({}))
    await gachette(...onThree, 'check')
    expect(await gachette('--failed', 'last')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^in the run \S+ everything is done, on every host\n$/),
    })
    setScript(() => exited(1))
    await gachette(...onThree, 'check')
    expect((await gachette('--failed', 'last', '-H', 'web1')).stderr).toBe(
      'the hosts are those of the earlier run\n  leave -H, -R, -x, --limit and --hosts-from out\n',
    )
    expect((await gachette('--failed', 'last', '--resume', 'last')).exitCode).toBe(2)
  })
})

describe('--resume', () => {
  test('skips what is done on a host, with its result, and runs the rest', async () => {
    const { gachette, hosts, setScript } = begin()
    await gachette(...onThree, 'restart:nginx', 'check:')
    const before = commandsOf(hosts).length
    setScript(() => ({}))
    const { exitCode, stdout } = await gachette('--resume', 'last', '--json')
    expect(exitCode).toBe(0)
    expect(commandsOf(hosts).slice(before)).toEqual(['web2$ check web2'])
    expect(stdout).toContain(
      '"host":"web3","step":0,"outcome":{"type":"done"},"ms":0,"earlier":true,"result":"web3: nginx restarted 3"}\n',
    )
  })

  test('--plan marks what was done, and a run with --failed does all of it again', async () => {
    const { gachette, hosts } = begin()
    await gachette('-H', 'web1,web2', '--keep-going', 'check:', 'restart:nginx')
    const before = hosts.log.length
    expect((await gachette('--resume', 'last', '--plan')).stdout).toContain(`
  1 2
  x -  web2
`)
    expect((await gachette('--failed', 'last', '--plan')).stdout).toContain('\n  1 2\n  x x  web2\n')
    const { stdout } = await gachette('--resume', 'last', '--plan', '--json')
    expect(JSON.parse(stdout).batches[0].done).toEqual([
      { step: 0, hosts: ['web1'] },
      { step: 1, hosts: ['web1', 'web2'] },
    ])
    expect(hosts.log).toHaveLength(before)
  })

  test('a run that was resumed can be resumed', async () => {
    const { gachette, hosts, setScript } = begin()
    setScript((host, command) => (command.includes('restart') && host === 'web3' ? exited(1) : {}))
    await gachette(...onThree, 'restart:nginx', 'check:')
    setScript((host) => (host === 'web3' ? exited(1) : {}))
    await gachette('--resume', 'last')
    const before = commandsOf(hosts).length
    setScript(() => ({}))
    await gachette('--resume', 'last')
    expect(commandsOf(hosts).slice(before)).toEqual(['web3$ systemctl restart nginx', 'web3$ check web3'])
  })

  test('what was noted once is not found out again, however often a run is resumed', async () => {
    const { gachette, setScript } = begin({
      builtIn: {
        ...ours,
        count: defineTask({
          summary: 'Count, then fail',
          async run({ once, run }) {
            const number = await once('number', async () => ++counted)
            await run`say ${number}`
          },
        }),
      },
    })
    setScript(() => exited(1))
    await gachette('-H', 'web1', 'count')
    await gachette('--resume', 'last')
    setScript(() => ({}))
    expect((await gachette('--resume', 'last', '--json')).stdout).toContain('"text":"say 1"')
    expect(counted).toBe(1)
  })

  test('takes the line again, if it makes the same plan', async () => {
    const { gachette, setScript, hosts } = begin()
    await gachette(...onThree, 'check')
    setScript(() => ({}))
    const before = commandsOf(hosts).length
    expect((await gachette('--resume', 'last', ...onThree, 'check')).exitCode).toBe(0)
    expect(commandsOf(hosts).slice(before)).toEqual(['web2$ check web2'])
    expect((await gachette('--resume', 'last~1', ...onThree, 'restart', 'nginx')).stderr).toMatch(
      /^the plan of the run \S+ does not come out any more\n {2}a task: was check, is now restart nginx\n/,
    )
  })

  test.each([
    ['hosts', 'hosts: [web1, web4]', 'the hosts of restart: was web1,web2, is now web1,web4'],
    [
      'an argument that a setting supplies',
      'hosts: [web1, web2]\nprojects.shop.url: https://elsewhere.example.org/shop',
      'url of restart: was "https://git.example.org/shop", is now "https://elsewhere.example.org/shop"',
    ],
  ])('is refused where the settings make another plan: %s', async (_, now, said) => {
    const { gachette, write, setScript } = begin()
    setScript(() => exited(1))
    write('.gachetterc', 'hosts: [web1, web2]\nprojects.shop.url: https://git.example.org/shop\n')
    await gachette('restart', 'nginx')
    write(
      '.gachetterc',
      `${now}\n${now.includes('url') ? '' : 'projects.shop.url: https://git.example.org/shop'}\n`,
    )
    const { exitCode, stderr } = await gachette('--resume', 'last')
    expect(exitCode).toBe(2)
    expect(stderr).toContain(said)
  })

  test('is refused where a task is not there any more', async () => {
    const task = (name: string) => `import { defineTask } from 'gachette'
export const ${name} = defineTask({ summary: 'Mine', run: async ({ run }) => void (await run\`check x\`) })`
    const { gachette, write } = begin({ files: { 'one.ts': task('mine'), 'two.ts': task('yours') } })
    write('.gachetterc', 'tasks: one.ts\n')
    await gachette('-H', 'web2', 'mine')
    write('.gachetterc', 'tasks: two.ts\n')
    expect(await gachette('--resume', 'last')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^there is no task "mine"\n/),
    })
  })

  test('what was typed in secret is not recorded: it needs the line again', async () => {
    const { gachette, hosts } = begin()
    const line = [...onThree, 'restart:nginx,token=hidden-as-token', 'check:']
    await gachette(...line)
    const { exitCode, stderr } = await gachette('--resume', 'last')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(
      /^the run (\S+) was given token of restart, which is secret and not recorded\n {2}type the line again, after {2}gachette --resume \1\n$/,
    )
    const before = commandsOf(hosts).length
    await gachette('--resume', 'last', ...line)
    expect(commandsOf(hosts).slice(before)).toEqual(['web2$ check web2'])
  })
})

describe('attach', () => {
  const lastCommand = (text: string, type: string, host: string) => {
    let number: unknown
    return (entry: Record<string, unknown>) => {
      if (entry.type === 'command-started' && entry.text === text && entry.host === host)
        number = entry.command
      return entry.type === type && number !== undefined && entry.command === number
    }
  }

  test('does the rest of an interrupted run, under its name: what is done stays, what was noted is answered', async () => {
    const { gachette, hosts, setScript, folder, folders } = begin()
    setScript((host, command) => ({ stdout: [`${host} ${command}\n`] }))
    await gachette('-H', 'web1,web2', 'restart:nginx', 'check:')
    killAfter(folder(), (entry) => entry.type === 'noted' && entry.host === 'web2')
    writeFileSync(join(folder(), 'web2.log'), 'web2 systemctl restart nginx\n')
    expect((await gachette('runs')).stdout).toContain('  interrupted  ')
    const before = commandsOf(hosts).length
    const { exitCode, stdout } = await gachette('attach', 'last')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('[web2] → web2: nginx restarted 2\n')
    expect(commandsOf(hosts).slice(before)).toEqual([
      'web2$ systemctl restart nginx',
      'web1$ check web1',
      'web2$ check web2',
    ])
    expect(folders()).toHaveLength(1)
    expect((await gachette('runs')).stdout).toContain('  done  ')
    expect(entriesIn(folder()).filter(({ type }) => type === 'run-started')).toHaveLength(2)
  })

  test('cuts the log of a host back to where the interrupted command began', async () => {
    const { gachette, setScript, folder } = begin()
    setScript((_, command) => ({ stdout: [`out of ${command}\n`] }))
    await gachette('-H', 'web1', 'restart:nginx', 'check:')
    killAfter(folder(), lastCommand('check web1', 'command-started', 'web1'))
    writeFileSync(join(folder(), 'web1.log'), 'out of systemctl restart nginx\nout of che')
    const { stdout } = await gachette('attach', 'last')
    expect(stdout).toContain('out of check web1\n')
    expect((await gachette('log', 'last', 'web1')).stdout).toBe(
      'out of systemctl restart nginx\nout of check web1\n',
    )
    expect((await gachette('log', 'last')).stdout.match(/out of .*/g)).toEqual([
      'out of systemctl restart nginx',
      'out of check web1',
    ])
  })

  test('does all of a run whose program was killed before it could say anything', async () => {
    const { gachette, hosts, folder } = begin()
    await gachette('-H', 'web1', 'check')
    giveTo(folder(), { pid: 999_999_999 })
    rmSync(join(folder(), 'events.jsonl'))
    const before = commandsOf(hosts).length
    expect((await gachette('attach', 'last')).exitCode).toBe(0)
    expect(commandsOf(hosts).slice(before)).toEqual(['web1$ check web1'])
  })

  test('a run whose folder cannot be written to is not taken up, and nothing is done', async () => {
    const { gachette, hosts, folder } = begin()
    await gachette('-H', 'web1', 'check')
    killAfter(folder(), ({ type }) => type === 'step-started')
    mkdirSync(join(folder(), `.owner.${process.pid}.2`))
    const before = commandsOf(hosts).length
    const { exitCode, stderr } = await gachette('attach', 'last')
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^the run cannot be taken up: .*EISDIR.*\n {2}what happens in it is written to HOME\S+\n$/,
      ),
    })
    expect(commandsOf(hosts)).toHaveLength(before)
  })

  test('what failed by itself before stays failed', async () => {
    const { gachette, hosts, folder } = begin()
    await gachette('-H', 'web2,web1', 'check:', 'restart:nginx')
    killAfter(folder(), lastCommand('check web1', 'command-started', 'web1'))
    const before = commandsOf(hosts).length
    const { exitCode, stderr } = await gachette('attach', 'last')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('failed (exit 3)')
    expect(commandsOf(hosts).slice(before)).toEqual(['web1$ check web1', 'web1$ systemctl restart nginx'])
  })

  test('a line that the program was killed in is passed over', async () => {
    const { gachette, folder } = begin()
    await gachette('-H', 'web1', 'restart:nginx', 'check:')
    killAfter(folder(), lastCommand('check web1', 'command-started', 'web1'))
    const path = join(folder(), 'events.jsonl')
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"v":1,"time":"2026-11-20T11:14:39.3`)
    expect((await gachette('attach', 'last')).exitCode).toBe(0)
    expect(entriesIn(folder()).at(-1)).toMatchObject({ type: 'run-ended', exitCode: 0 })
  })

  test('is refused where nothing was interrupted, and says how it ended', async () => {
    const { gachette } = begin()
    await gachette(...onThree, 'check')
    expect(await gachette('attach', 'last')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^the run (\S+) was not interrupted: failed \(exit 1\)\n {2}gachette --resume \1 {2}runs what is not done\n$/,
      ),
    })
  })

  test('is refused while the program that carries it out lives, here or elsewhere', async () => {
    const { gachette, folder } = begin()
    await gachette(...onThree, 'check')
    killAfter(folder(), ({ type }) => type === 'step-started')
    giveTo(folder(), { pid: process.pid, start: startOf(process.pid) })
    expect((await gachette('attach', 'last')).stderr).toMatch(
      new RegExp(`^the run \\S+ goes on: running \\(pid ${process.pid}\\)\n`),
    )
    giveTo(folder(), { pid: 7, machine: 'elsewhere' })
    expect((await gachette('attach', 'last')).stderr).toContain('running (pid 7 on elsewhere)')
    expect((await gachette('cancel', 'last')).stderr).toContain('goes on elsewhere')
    giveTo(folder(), { pid: process.pid, start: '1' })
    expect((await gachette('attach', 'last')).exitCode).toBe(1)
  })

  test('goes back to the settings file of then', async () => {
    const { gachette, write, setScript, folder } = begin()
    write('other.yml', 'hosts: [web1, web3]\n')
    setScript(() => ({}))
    await gachette('-c', 'other.yml', 'check')
    killAfter(folder(), ({ type }) => type === 'step-started')
    expect((await gachette('attach', 'last')).stderr).toContain('2 hosts: 2 done')
  })
})
