import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A real OpenSSH server on a loopback address of its own, with its own keys and an empty home; end it with `stop`. */
export interface Sshd {
  readonly address: string
  readonly port: number
  /** Folder of this server: keys, configuration, log. */
  readonly dir: string
  /** Private key that may log in (as the user who runs the test, and as whoever shares the authorized keys). */
  readonly keyFile: string
  /** A known_hosts file with this server's key. */
  readonly knownHosts: string
  /** Where remote commands find themselves: an empty HOME. */
  readonly home: string
  readonly pid: number
  log(): string
  stop(): Promise<void>
}

/** A server that can die and come back. */
export interface RestartableSshd extends Sshd {
  /** Kills it and every connection it has, as a crash would; whoever listens there next is `restart`. */
  crash(): Promise<void>
  /** Starts it again: same address, same port, same keys. */
  restart(): Promise<void>
}

export interface SshdOptions {
  /** Further lines of sshd_config, such as `MaxSessions 1`; they win over ours. */
  readonly config?: readonly string[]
  readonly address?: string
  readonly port?: number
  /** Key types of the server; ed25519 unless given. */
  readonly hostKeyTypes?: readonly string[]
  /** A command that ends in executing its arguments, in front of sshd: a namespace, a limit. */
  readonly under?: readonly string[]
}

/** A loopback address nobody else uses: tests run in parallel. */
export const loopbackAddress = (): string =>
  `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(2, 255)}`

export async function startSshd(options: SshdOptions = {}): Promise<RestartableSshd> {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-sshd-'))
  const address = options.address ?? loopbackAddress()
  const port = options.port ?? randomInt(20_000, 30_000)
  const home = join(dir, 'home')
  mkdirSync(home)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const keyFile = join(dir, 'id_ed25519')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', keyFile])
  writeFileSync(join(dir, 'authorized_keys'), readFileSync(`${keyFile}.pub`))
  const types = options.hostKeyTypes ?? ['ed25519']
  for (const type of types) {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', join(dir, `host_${type}`)])
  }
  const knownHosts = join(dir, 'known_hosts')
  writeFileSync(
    knownHosts,
    types
      .map((type) => `[${address}]:${port} ${readFileSync(join(dir, `host_${type}.pub`), 'utf8')}`)
      .join(''),
  )
  const conf = [
    ...(options.config ?? []),
    ...types.map((type) => `HostKey ${join(dir, `host_${type}`)}`),
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'UseDNS no',
    // Of MaxStartups the last line counts, not the first.
    ...(options.config?.some((line) => line.startsWith('MaxStartups')) ? [] : ['MaxStartups 1000']),
    'PermitRootLogin yes',
    'Subsystem sftp internal-sftp',
    `SetEnv HOME=${home}`,
  ]
  writeFileSync(join(dir, 'conf'), `${conf.join('\n')}\n`)
  const [program = '', ...argv] = [
    ...(options.under ?? []),
    '/usr/sbin/sshd',
    '-D',
    '-E',
    join(dir, 'log'),
    '-f',
    join(dir, 'conf'),
    '-p',
    String(port),
    '-o',
    `ListenAddress=${address}`,
  ]
  const start = () => spawn(program, argv, { stdio: 'ignore' })
  let child = start()
  const log = () => readFileSync(join(dir, 'log'), 'utf8')
  await listening(child, address, port, log)
  return {
    address,
    port,
    dir,
    keyFile,
    knownHosts,
    home,
    get pid() {
      return child.pid ?? 0
    },
    log,
    async crash() {
      const connections = descendants(child.pid ?? 0)
      await ended(child)
      for (const pid of connections) killIfThere(pid)
    },
    async restart() {
      child = start()
      await listening(child, address, port, log)
    },
    async stop() {
      await ended(child)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function listening(
  child: ChildProcess,
  address: string,
  port: number,
  log: () => string,
): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`sshd did not start:\n${log()}`)
    const open = await new Promise<boolean>((answer) => {
      const socket = createConnection({ host: address, port })
        .once('connect', () => answer(true))
        .once('error', () => answer(false))
        .once('close', () => answer(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await pause(10)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** The processes of sshd itself that descend from one: those of commands are none of them. */
function descendants(daemon: number): readonly number[] {
  const found = [daemon]
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, name, parent] =
          /^\d+ \((.*)\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? []
        return name?.startsWith('sshd') ? [{ pid: Number(pid), parent: Number(parent) }] : []
      } catch {
        return []
      }
    })
  for (const each of found)
    found.push(...parents.filter(({ parent }) => parent === each).map(({ pid }) => pid))
  return found.slice(1)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}
