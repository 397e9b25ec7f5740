import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { bin, versionOf } from '../lab.mjs'

const AFTER_MS = 2000
const STARTED_WITHIN_MS = 30_000

/** How a run comes to its end, and what that does to the program on this machine. */
const ENDS = {
  'Ctrl-C': ({ pid }) => process.kill(-pid, 'SIGINT'),
  SIGTERM: ({ pid }) => process.kill(pid, 'SIGTERM'),
  SIGKILL: ({ pid }) => process.kill(pid, 'SIGKILL'),
  'connection reset': ({ host }) => spawnSync('ss', ['-K', 'dst', host], { stdio: 'ignore' }),
}

/** What runs on the host: says its process id in a file, and is silent. */
const COMMANDS = {
  'a long command': (file) => `echo $$ >${file}; sleep 600; true`,
  'a child that ignores TERM': (file) =>
    `sh -c 'trap "" HUP INT TERM; echo $$ >${file}; while :; do sleep 1; done' & wait`,
}

/** Is the remote process still alive 2 s after the program here was ended? Ours beside what Debian has. */
export async function measure(lab) {
  const tools = toolsOf(lab)
  const survivors = new Map(tools.map(({ name }) => [name, []]))
  for (const [what, command] of Object.entries(COMMANDS)) {
    for (const [how, end] of Object.entries(ENDS)) {
      const alive = await Promise.all(tools.map((tool, at) => outlives(lab, tool, at, { command, end })))
      tools.forEach(({ name }, at) => {
        survivors.get(name).push({ what, how, alive: alive[at] })
      })
    }
  }
  const ours = survivors.get('gachette').filter(({ alive }) => alive)
  return [
    {
      what: `Ctrl-C: of ${Object.keys(ENDS).length * Object.keys(COMMANDS).length} ways to end a run, how many leave the remote process alive after 2 s`,
      ours: ours.length === 0 ? 'none' : ours.map(({ what, how }) => `${how}, ${what}`).join('; '),
      peer: 'see the table',
      ratio: ours.length,
      bar: 0,
      unit: 'survivors',
      table: tableOf(survivors),
    },
  ]
}

/** Starts a tool on a host of its own, ends it, and looks. */
async function outlives(lab, tool, at, { command, end }) {
  const host = `127.0.1.${at + 1}`
  const file = join(lab.dir, `pid-${at}-${performance.now()}`)
  const [program, ...argv] = tool.argv(host, command(file))
  const child = spawn(program, argv, {
    cwd: lab.dir,
    env: { ...lab.env, ...tool.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  child.stdin.on('error', () => {})
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const pid = await written(file, STARTED_WITHIN_MS)
  if (pid === undefined) throw new Error(`${tool.name} started nothing:\n${said}`)
  end({ pid: child.pid, host })
  await pause(AFTER_MS)
  const isAlive = lives(pid)
  const group = groupOf(pid)
  if (group !== undefined) kill(-group)
  kill(-child.pid)
  spawnSync('ss', ['-K', 'dst', host], { stdio: 'ignore' })
  await gone
  return isAlive
}

async function written(file, withinMs) {
  for (const until = performance.now() + withinMs; performance.now() < until; await pause(20)) {
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
    if (pid > 0) return pid
  }
  return undefined
}

/** A zombie does not live. */
function lives(pid) {
  try {
    return !/^\S+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

function groupOf(pid) {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[2],
    )
  } catch {
    return undefined
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is over.
  }
}

function tableOf(survivors) {
  const head = ['still alive after 2 s', ...Object.keys(ENDS)]
  return Object.keys(COMMANDS).flatMap((command) => {
    const rows = [...survivors].map(([tool, seen]) => [
      tool,
      ...seen.filter(({ what }) => what === command).map(({ alive }) => (alive ? 'ALIVE' : 'ended')),
    ])
    const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at].length)))
    const text = (row) =>
      row
        .map((word, at) => word.padEnd(widths[at]))
        .join('  ')
        .trimEnd()
    return ['', `${command}:`, text(head), ...rows.map(text)]
  })
}

function toolsOf(lab) {
  const config = ['-F', lab.sshConfig]
  const ansible = (host, command) => [
    'ansible',
    'all',
    '-i',
    `${host},`,
    '-m',
    'shell',
    '-a',
    command,
    '--ssh-common-args',
    config.join(' '),
  ]
  const own = (name) => {
    const home = join(lab.dir, name)
    mkdirSync(home, { recursive: true })
    return { HOME: home, ANSIBLE_HOME: home, ANSIBLE_LOCAL_TEMP: home }
  }
  const sshkit = join(lab.dir, 'sshkit.rb')
  writeFileSync(sshkit, SSHKIT)
  const version = (text) => text.match(/\d+(\.\d+)+/)?.[0] ?? text
  const packaged = (name) =>
    spawnSync('dpkg-query', ['-W', '-f', '$' + '{Version}', name], { encoding: 'utf8' }).stdout.replace(
      /[-+].*/,
      '',
    )
  return [
    {
      name: 'gachette',
      argv: (host, command) => [process.execPath, bin, '-c', lab.settings, '-H', host, '--', command],
    },
    {
      name: `ssh ${version(versionOf('ssh', ['-V']))}`,
      argv: (host, command) => ['ssh', ...config, host, command],
    },
    { name: 'ssh -tt', argv: (host, command) => ['ssh', '-tt', ...config, host, command] },
    {
      name: `Fabric ${version(versionOf('fab'))}`,
      argv: (host, command) => [
        'fab',
        '-S',
        lab.sshConfig,
        '-i',
        lab.key,
        '-H',
        `root@${host}:${lab.port}`,
        '--',
        command,
      ],
    },
    {
      name: `SSHKit ${packaged('ruby-sshkit')}`,
      argv: (host, command) => [
        'ruby',
        sshkit,
        host,
        String(lab.port),
        lab.key,
        join(lab.dir, 'known_hosts'),
        command,
      ],
    },
    {
      name: `clush ${version(versionOf('clush'))}`,
      argv: (host, command) => ['clush', '-o', config.join(' '), '-w', host, command],
    },
    {
      name: `pssh ${packaged('pssh')}`,
      argv: (host, command) => ['parallel-ssh', '-x', config.join(' '), '-t', '0', '-H', host, command],
    },
    { name: `Ansible ${packaged('ansible-core')}`, argv: ansible, env: own('ansible') },
    { name: 'Ansible, pipelining', argv: ansible, env: { ...own('pipelining'), ANSIBLE_PIPELINING: '1' } },
    {
      name: `Ansible, Mitogen ${packaged('ansible-mitogen')}`,
      argv: ansible,
      env: { ...own('mitogen'), ANSIBLE_STRATEGY: 'mitogen_linear' },
    },
  ]
}

const SSHKIT = `require 'sshkit'
require 'sshkit/dsl'
include SSHKit::DSL
host, port, key, known, command = ARGV
SSHKit::Backend::Netssh.configure { |ssh| ssh.ssh_options = { keys: [key], keys_only: true, user_known_hosts_file: known } }
target = SSHKit::Host.new(hostname: host, port: port.to_i, user: 'root')
on(target) { execute command }
`
