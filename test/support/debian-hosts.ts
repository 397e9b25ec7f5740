import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { HOST_SCRIPT, MAKE_BASE } from './debian-host-script.ts'

/** What hosts are asked for. */
export interface DebianHostsOptions {
  /** Booted systemd as PID 1; else sshd is all that runs. */
  readonly systemd?: boolean
  /** The release; bookworm unless given. Booted systemd needs one that knows this machine's control groups. */
  readonly suite?: string
  /** Size of the disk of each, as of mount's `size=`: full when so much was written. 512m unless given. */
  readonly disk?: string
  /** Further Debian packages that are there from the beginning. */
  readonly packages?: readonly string[]
  /** A disk that was kept (`keepDisk`), for the hosts to begin with. */
  readonly over?: string
  /** Host names; web1, web2 … unless given. */
  readonly names?: readonly string[]
}

/** A Debian machine as far as packages, services and ssh can see; gone with `stop`, or with whoever started it. */
export interface DebianHost {
  readonly name: string
  readonly address: string
  readonly port: number
  /** As one writes it after -H. */
  readonly label: string
  /** Runs a shell script as root in it, not by ssh; answers stdout, throws with all output when it fails. */
  sh(script: string, ...args: readonly string[]): string
  /** The power fails, and comes back: nothing that ran lives, what was written stays. Resolves when sshd answers. */
  powerCycle(): Promise<void>
  /** Copies what it has written so far to a folder, for other hosts to begin with. */
  keepDisk(folder: string): void
  stop(): Promise<void>
}

/** Hosts that share a client's key and a known_hosts file. */
export interface DebianHosts {
  readonly hosts: readonly DebianHost[]
  readonly dir: string
  readonly keyFile: string
  readonly knownHosts: string
  stop(): Promise<void>
}

/**
 * Starts throwaway Debian hosts, side by side: each has its own disk (an overlay in memory over one cached base), mounts,
 * processes, host name and loopback address; networks are shared. Needs root.
 */
export async function debianHosts(count: number, options: DebianHostsOptions = {}): Promise<DebianHosts> {
  const base = hostBase(options)
  sweepGroups()
  const dir = mkdtempSync(join(tmpdir(), 'gachette-hosts-'))
  const keyFile = join(dir, 'id_ed25519')
  const knownHosts = join(dir, 'known_hosts')
  const names = options.names ?? Array.from({ length: count }, (_, at) => `web${at + 1}`)
  await Promise.all([makeKey(keyFile), ...names.map((name) => makeKey(join(dir, name)))])
  const lower = options.over === undefined ? base : `${options.over}:${base}`
  const common = { BASE: lower, DISK: options.disk ?? '512m', SYSTEMD: options.systemd ? 'yes' : 'no' }
  const machines = names.map((name) =>
    start({
      ...common,
      NAME: name,
      ADDRESS: `127.${octet()}.${octet()}.${octet()}`,
      PUBLIC_KEY: readFileSync(`${keyFile}.pub`, 'utf8').trim(),
      HOST_KEY: readFileSync(join(dir, name), 'utf8').trim(),
    }),
  )
  const known = machines.map(
    ({ host }) => `[${host.address}]:${PORT} ${readFileSync(join(dir, `${host.name}.pub`), 'utf8')}`,
  )
  writeFileSync(knownHosts, known.join(''))
  const stop = async () => {
    await Promise.all(machines.map(({ host }) => host.stop()))
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    await Promise.all(machines.map(({ answers }) => answers()))
  } catch (error) {
    await stop()
    throw error
  }
  return { hosts: machines.map(({ host }) => host), dir, keyFile, knownHosts, stop }
}

const PORT = 2022
const octet = () => 2 + Math.floor(Math.random() * 252)
const makeKey = (file: string) =>
  promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file])

interface Machine {
  readonly host: DebianHost
  /** Resolves when its sshd answers (and, with systemd, it has booted). */
  answers(): Promise<void>
}

function start(env: Readonly<Record<string, string>>): Machine {
  const { NAME: name = '', ADDRESS: address = '' } = env
  const group = `gachette-${process.pid}-${address}`
  const said: Buffer[] = []
  // Whoever started it may be killed: the kernel then kills it, and with it everything below.
  const holder = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...NAMESPACES, '--mount-proc', 'sh', '-c', HOST_SCRIPT],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: PATHS, LC_ALL: 'C.UTF-8', PORT: String(PORT), GROUP: group, ...env },
    },
  )
  holder.stderr?.on('data', (chunk: Buffer) => said.push(chunk))
  const answers = async () => {
    const until = Date.now() + 60_000
    while (!(await greets(address))) {
      if (holder.exitCode !== null || Date.now() > until)
        throw new Error(`${name} did not start:\n${Buffer.concat(said)}`)
      await pause(10)
    }
    if (env.SYSTEMD === 'yes') inside(holder, BOOTED)
  }
  return {
    answers,
    host: {
      name,
      address,
      port: PORT,
      label: `root@${address}:${PORT}`,
      sh: (script, ...args) => inside(holder, script, args),
      keepDisk(folder) {
        const [script] = childrenOf(holder.pid ?? 0)
        execFileSync('cp', ['-a', `/proc/${script}/root/mnt/upper`, folder])
      },
      async powerCycle() {
        const first = firstOf(holder)
        process.kill(first, 'SIGKILL')
        while (existsSync(`/proc/${first}`)) await pause(5)
        await answers()
      },
      async stop() {
        if (holder.exitCode === null && holder.signalCode === null) {
          const gone = new Promise((resolve) => holder.once('exit', resolve))
          holder.kill('SIGKILL')
          await gone
        }
        await removeGroups(group)
      },
    },
  }
}

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child']
const PATHS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** A login that comes too early is told that the system is booting up. */
const BOOTED = 'until systemctl is-system-running --wait | grep -qE "running|degraded"; do sleep 0.02; done'

/** Runs a script in the namespaces of its first process. */
function inside(holder: ChildProcess, script: string, args: readonly string[] = []): string {
  const into = ['-t', String(firstOf(holder)), '-m', '-u', '-i', '-p', '-C', '-r', '-w', '--']
  const argv = [...into, '/bin/sh', '-c', `exec 2>&1\n${script}`, 'sh', ...args]
  const { status, stdout } = spawnSync('nsenter', argv, {
    encoding: 'utf8',
    env: { PATH: PATHS, HOME: '/root', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    maxBuffer: 64 << 20,
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  if (status !== 0) throw new Error(`${script}\nexit status ${status}\n${stdout}`)
  return stdout
}

/** The first process of the machine: without it nothing of one boot goes on. It hangs below unshare, or nspawn. */
function firstOf(holder: ChildProcess): number {
  const ends = childrenOf(holder.pid ?? 0)
    .flatMap(childrenOf)
    .flatMap(childrenOf)
  if (ends[0] === undefined) throw new Error('the host is not running')
  return ends[0]
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Whether an SSH server says its name there. */
const greets = (address: string): Promise<boolean> =>
  new Promise((answer) => {
    const socket = createConnection({ host: address, port: PORT })
    const end = (is: boolean) => {
      answer(is)
      socket.destroy()
    }
    socket
      .once('data', () => end(true))
      .once('error', () => end(false))
      .once('close', () => end(false))
  })

/** Control groups outlive their processes. */
async function removeGroups(group: string): Promise<void> {
  for (const root of GROUP_ROOTS.filter((each) => existsSync(join(each, group)))) {
    for (const until = Date.now() + 5000; ; await pause(5)) {
      try {
        removeGroup(join(root, group))
        break
      } catch (error) {
        if (Date.now() > until) throw error
      }
    }
  }
}

const GROUP_ROOTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified']

/** Those of hosts whose starter was killed; theirs are empty, as the kernel has ended what was in them. */
function sweepGroups(): void {
  for (const root of GROUP_ROOTS.filter((each) => existsSync(each)))
    for (const name of readdirSync(root)) {
      const [, pid] = /^gachette-(\d+)-127\./.exec(name) ?? []
      if (pid === undefined || existsSync(`/proc/${pid}`)) continue
      try {
        removeGroup(join(root, name))
      } catch {
        // Another has been quicker, or its last process is just ending: the next one sweeps it.
      }
    }
}

function removeGroup(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(dir, entry.name))
  rmdirSync(dir)
}

/** The folder all such hosts are laid over; made once (that takes the network), and kept between runs of the tests. */
export function hostBase({ suite = 'bookworm', packages = [] }: DebianHostsOptions = {}): string {
  const folder = join(homedir(), '.cache/gachette-tests')
  const base = join(folder, [suite, 'host-1', ...packages].join('-'))
  if (existsSync(base)) return base
  mkdirSync(folder, { recursive: true })
  const include = ['openssh-server', 'systemd-sysv', 'dbus', ...packages].join(',')
  execFileSync('flock', [`${base}.lock`, 'sh', '-euc', MAKE_BASE, 'sh', suite, base, include], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return base
}
