// The place benchmarks run in: one real sshd that answers on every loopback address, keys, a folder, and a stopwatch.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
/** The program that is measured: this checkout's, or another build's. */
export const bin = process.env.GACHETTE_BENCH_BIN ?? join(root, 'dist/src/bin.js')

export async function openLab() {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-bench-'))
  const home = join(dir, 'home')
  mkdirSync(home)
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  for (const key of ['id', 'host']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(dir, key)])
  }
  const port = 22022
  const hostKey = readFileSync(join(dir, 'host.pub'), 'utf8')
  const known = Array.from({ length: 100 }, (_, at) => `[127.0.1.${at + 1}]:${port} ${hostKey}`)
  writeFileSync(join(dir, 'known_hosts'), known.join(''))
  const conf = {
    HostKey: join(dir, 'host'),
    AuthorizedKeysFile: join(dir, 'id.pub'),
    ListenAddress: '0.0.0.0',
    Port: port,
    PidFile: 'none',
    StrictModes: 'no',
    PasswordAuthentication: 'no',
    KbdInteractiveAuthentication: 'no',
    UsePAM: 'no',
    UseDNS: 'no',
    MaxStartups: 1000,
    Subsystem: 'sftp internal-sftp',
    SetEnv: `HOME=${home}`,
  }
  writeFileSync(
    join(dir, 'sshd_config'),
    Object.entries(conf)
      .map(([key, value]) => `${key} ${value}\n`)
      .join(''),
  )
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-E', join(dir, 'sshd.log'), '-f', join(dir, 'sshd_config')])
  await accepting(port)
  const clientHome = join(dir, 'client')
  mkdirSync(join(clientHome, '.ssh'), { recursive: true, mode: 0o700 })
  const options = [
    'IdentitiesOnly yes',
    `IdentityFile ${join(dir, 'id')}`,
    `UserKnownHostsFile ${join(dir, 'known_hosts')}`,
  ]
  writeFileSync(
    join(dir, 'ssh_config'),
    `Host *\n  Port ${port}\n  User root\n  ${options.join('\n  ')}\n  StrictHostKeyChecking yes\n`,
  )
  writeFileSync(
    join(dir, 'gachette.yml'),
    [
      `user: root`,
      `port: ${port}`,
      `key_filename: ${join(dir, 'id')}`,
      `known_hosts: ${join(dir, 'known_hosts')}`,
      `meta_path: ${join(dir, 'meta')}`,
      `work_path: ${join(dir, 'work')}`,
      '',
    ].join('\n'),
  )
  return {
    dir,
    port,
    host: '127.0.1.1',
    hosts: Array.from({ length: 100 }, (_, at) => `127.0.1.${at + 1}`),
    key: join(dir, 'id'),
    sshConfig: join(dir, 'ssh_config'),
    settings: join(dir, 'gachette.yml'),
    env: { PATH: process.env.PATH, HOME: clientHome, LANG: 'C.UTF-8', XDG_CACHE_HOME: join(dir, 'cache') },
    async close() {
      sshd.kill('SIGTERM')
      spawnSync('pkill', ['-KILL', '-P', String(sshd.pid)])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function accepting(port) {
  for (;;) {
    const open = await new Promise((answer) => {
      const socket = createConnection({ host: '127.0.0.1', port })
      socket.once('connect', () => answer(true) || socket.destroy()).once('error', () => answer(false))
    })
    if (open) return
    await pause(10)
  }
}

/** Runs a program to its end; fails loudly; wall clock and CPU (its own and its children's) in seconds. */
export function time(argv, { env, cwd, input } = {}) {
  const file = join(mkdtempSync(join(tmpdir(), 'gachette-time-')), 'times')
  const watch = `TIMEFORMAT='%3R %3U %3S'; { time "$@" 2>&9; } 9>&2 2>"$0"`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', watch, file, ...argv], {
    env: env ?? process.env,
    cwd,
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  const [wall, user, system] = readFileSync(file, 'utf8').trim().split('\n').at(-1).split(' ').map(Number)
  rmSync(join(file, '..'), { recursive: true })
  if (status !== 0)
    throw new Error(
      `${argv.join(' ')} failed (exit ${status}):\n${stdout.slice(-2000)}${stderr.slice(-2000)}`,
    )
  return { wall, cpu: user + system, stdout, stderr }
}

/** The compiled program, with this lab's settings. */
export const gachette = (lab, args, options = {}) =>
  time([process.execPath, bin, '-c', lab.settings, ...args], { env: lab.env, ...options })

/** Medians of several functions, measured in turn so that a busy moment hits all of them alike. */
export function inTurn(rounds, measures) {
  const seen = Object.fromEntries(Object.keys(measures).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) seen[name].push(measure(round))
  }
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, median(values)]))
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** First line a program prints about its version. */
export function versionOf(program, args = ['--version']) {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error) throw new Error(`the peer ${program} is not installed`)
  return `${stdout}${stderr}`.trim().split('\n')[0]
}

export const seconds = (value) => (value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`)
