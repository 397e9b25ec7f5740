import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2'

/** A real SSH server on loopback, in this process and a temporary folder: needs neither root nor sshd. */
export interface ThrowawayHost {
  readonly address: string
  readonly port: number
  readonly user: string
  /** Temporary folder of this host; its HOME is `home` in it. Removed by `stop`. */
  readonly dir: string
  /** Private key that may log in. */
  readonly keyFile: string
  /** A known_hosts file with the server's key. */
  readonly knownHosts: string
  /** Commands it was asked to run, in order. */
  readonly commands: readonly string[]
  /** Closes every connection, ends what still runs, removes the folder. */
  stop(): Promise<void>
}

/** How a throwaway host is set up. */
export interface ThrowawayOptions {
  /** Loopback address to listen on; 127.0.0.1 unless given. */
  readonly address?: string
  /** Program that runs the commands as `SHELL -c COMMAND`; /bin/sh unless given. */
  readonly shell?: string
}

/**
 * Starts a throwaway host. Commands run as the user who calls this, in the host's own empty home: no terminals, no
 * sftp. Give it back with `stop`.
 */
export async function throwawayHost(options: ThrowawayOptions = {}): Promise<ThrowawayHost> {
  const address = options.address ?? '127.0.0.1'
  const dir = await mkdtemp(join(tmpdir(), 'gachette-host-'))
  const hostKey = keyPair()
  const clientKey = keyPair()
  const keyFile = join(dir, 'id_ed25519')
  await writeFile(keyFile, clientKey.private, { mode: 0o600 })
  const home = join(dir, 'home')
  const commands: string[] = []
  const open = new Set<Connection>()
  const ends = new Set<() => Promise<void>>()

  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
    open.add(connection)
    connection.on('close', () => open.delete(connection))
    connection.on('error', () => connection.end())
    connection.on('authentication', (context) => authenticate(context, clientKey.public))
    connection.on('session', (accept) => {
      const session = accept()
      session.on('exec', (acceptExec, _reject, info) => {
        commands.push(info.command)
        runCommand(acceptExec(), options.shell ?? '/bin/sh', info.command, { home, ends })
      })
    })
  })
  await mkdir(home)
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, address, listening)
  })
  const bound = server.address()
  const port = bound && typeof bound === 'object' ? bound.port : 0
  const knownHosts = join(dir, 'known_hosts')
  await writeFile(knownHosts, `[${address}]:${port} ${hostKey.public}\n`)
  return {
    address,
    port,
    user: userInfo().username,
    dir,
    keyFile,
    knownHosts,
    commands,
    async stop() {
      for (const connection of open) connection.end()
      await Promise.all([...ends].map((end) => end()))
      await new Promise<void>((closed) => server.close(() => closed()))
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** One in some hundred keys that ssh2 1.17 makes it cannot read itself ("Malformed OpenSSH private key"). */
function keyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}

function authenticate(context: AuthContext, authorized: string): void {
  const key = ssh2.utils.parseKey(authorized)
  if (key instanceof Error) throw key
  if (context.method !== 'publickey' || !key.getPublicSSH().equals(context.key.data)) {
    context.reject(['publickey'])
  } else if (!context.signature) {
    context.accept()
  } else if (context.blob && key.verify(context.blob, context.signature, context.hashAlgo) === true) {
    context.accept()
  } else {
    context.reject(['publickey'])
  }
}

/** What ignores SIGTERM for so long is killed. */
const GRACE_MS = 500

interface Place {
  readonly home: string
  readonly ends: Set<() => Promise<void>>
}

function runCommand(channel: ServerChannel, shell: string, command: string, { home, ends }: Place): void {
  const { PATH = '/usr/bin:/bin', LANG } = process.env
  const child = spawn(shell, ['-c', command], {
    cwd: home,
    env: { PATH, HOME: home, ...(LANG === undefined ? {} : { LANG }), SHELL: shell },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async () => {
    child.stdin.destroy()
    signalGroup(child.pid, 'SIGTERM')
    await Promise.race([exited, pause(GRACE_MS)])
    signalGroup(child.pid, 'SIGKILL')
  }
  ends.add(end)
  channel.pipe(child.stdin)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  // What the client no longer reads, or no longer sends, is a broken pipe for the command, as with sshd.
  child.stdin.on('error', () => {})
  channel.on('error', () => {})
  channel.on('close', () => {
    child.stdin.destroy()
    child.stdout.destroy()
    child.stderr.destroy()
  })
  child.on('error', () => channel.exit(127))
  // As with sshd: the exit status when the command ends, the end of the channel when nobody holds its output any more.
  child.on('exit', (code, signal) => {
    if (channel.destroyed) return
    if (signal) channel.exit(signal.replace(/^SIG/, ''))
    else channel.exit(code ?? 0)
  })
  child.on('close', () => {
    ends.delete(end)
    if (!channel.destroyed) channel.end()
  })
}

/** To a command and what it started; nobody minds when none of them is left. */
function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return
  try {
    process.kill(-leader, signal)
  } catch {}
}
