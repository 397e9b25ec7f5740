import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, onTestFinished } from 'vitest'
import type { Host } from '../../src/inventory/index.ts'
import { type ConnectSettings, type ExecOptions, openSession, type Session } from '../../src/session/index.ts'
import type { Command } from '../../src/shell/index.ts'
import { hostOf, settingsFor, sshHost } from './connecting.ts'
import type { Sshd } from './sshd.ts'

/** A session with a test's server, as root or as somebody else, closed when the test is over. */
export async function sessionWith(
  sshd: Sshd,
  { user, ...settings }: { readonly user?: string } & Partial<ConnectSettings> = {},
): Promise<Session> {
  const host = user === undefined ? hostOf(sshd) : sshHost(`${user}@${sshd.address}:${sshd.port}`)
  const session = await openSession(host, settingsFor(sshd, settings))
  onTestFinished(() => session.close())
  return session
}

/** Carries a command out and keeps what it printed, as text. */
export async function gather(session: Session, command: Command, options: ExecOptions = {}) {
  const out: Uint8Array[] = []
  const err: Uint8Array[] = []
  const { outcome } = await session.exec(command, {
    onStdout: (chunk) => void out.push(chunk),
    onStderr: (chunk) => void err.push(chunk),
    ...options,
  })
  return { outcome, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
}

/** A folder of this test's own, which every user may write to. */
export function openFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-session-'))
  chmodSync(dir, 0o777)
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Resolves as soon as something is true, asked every 10 ms; fails after a while. */
export async function until(holds: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await pause(10)
  }
}

/** Whether a process lives; a zombie does not. */
export function lives(pid: number): boolean {
  try {
    return !/^\S+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** The process ids a command under test has written, one per line, as soon as there are so many. */
export async function pidsIn(file: string, count: number): Promise<number[]> {
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '').split('\n').filter(Boolean)
  // A client of its own has to load the program first, on a machine that may be busy.
  await until(() => read().length >= count, `${count} process ids in ${file}`, 40_000)
  return read().map(Number)
}

/** A user of this machine, who may log in to the server; gone when the suite is over, however it ends. */
export function makeUser(sshd: Sshd, shell = '/bin/sh'): { readonly name: string; remove(): void } {
  const name = `gach${randomBytes(5).toString('hex')}`
  execFileSync('useradd', ['--no-create-home', '--home-dir', sshd.home, '--shell', shell, name])
  const remove = () => {
    process.off('exit', remove)
    // What a failed test has left running would keep the user.
    spawnSync('pkill', ['-KILL', '-u', name])
    execFileSync('userdel', ['--force', name], { stdio: 'ignore' })
  }
  process.once('exit', remove)
  execFileSync('usermod', ['-p', '*', name])
  chmodSync(sshd.dir, 0o755)
  // fish wants to write its history there.
  chmodSync(sshd.home, 0o777)
  return { name, remove }
}

/** One command for a client in a process of its own. */
export interface ClientOrder {
  readonly line: string
  /** `open`: a stream that says nothing and does not end; a number: so many bytes. */
  readonly stdin?: 'open' | number | undefined
  readonly sudo?: true
  readonly terminal?: ExecOptions['terminal']
}

/** Starts a client that opens a session and runs all orders at once; it ends only by being killed. */
export function startClient(host: Host, settings: Partial<ConnectSettings>, orders: readonly ClientOrder[]) {
  const argv = [compiledClient(), JSON.stringify({ host, settings, orders })]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] })
  const gone = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
  })
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), gone }
}

let client: string | undefined
// As it is before a test gives itself another.
const temporary = tmpdir()
afterAll(() => client !== undefined && rmSync(dirname(client), { recursive: true }))

/** session-client.ts and all it needs in a few files, compiled once per file of tests. */
function compiledClient(): string {
  if (client !== undefined) return client
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const dir = mkdtempSync(join(temporary, 'gachette-client-'))
  // What comes from node_modules is found from there.
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  const compile = `import { rolldown } from 'rolldown'
const building = await rolldown({ input: 'test/support/session-client.ts', platform: 'node', external: /^[^./]/ })
await building.write({ dir: process.argv[1], format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
await building.close()`
  execFileSync(process.execPath, ['--input-type=module', '-e', compile, dir], { cwd: root })
  client = join(dir, 'session-client.mjs')
  return client
}
