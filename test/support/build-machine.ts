import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { main } from '../../src/cli/main.ts'
import { FakeStream } from './fake-streams.ts'
import { compileProgram, type Program, type Started, type StartOptions } from './program.ts'
import { makeRepository, type Repository } from './repository.ts'
import { type Sshd, startSshd } from './sshd.ts'

/** What the program said and answered; the host's own prefix is taken off the lines. */
export interface Said {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** An SSH server that a build machine can be behind. */
type Server = Pick<Sshd, 'address' | 'port' | 'keyFile' | 'knownHosts'>

/** A build machine behind a real SSH server, a project's folder with settings for it, and the program. */
export interface BuildMachine<S extends Server = Sshd> {
  readonly server: S
  /** Holds everything of this test; `project` in it is where the program is run. */
  readonly dir: string
  readonly project: string
  readonly meta: string
  readonly work: string
  /** As one writes it after -H. */
  readonly host: string
  /** Runs the program in this process, for tests that do not kill it; nothing is piped in. */
  readonly gachette: (...argv: readonly string[]) => Promise<Said>
  /** Starts the program as users run it. */
  readonly start: (argv: readonly string[], options?: Partial<StartOptions>) => Started
  readonly run: (argv: readonly string[], options?: Partial<StartOptions>) => Promise<Said>
  /** A repository the machine can clone; `projects.NAME.url` is set to it. */
  readonly repository: (name: string) => Repository
  /** Adds lines to the settings file. */
  readonly configure: (...lines: readonly string[]) => void
  /** Writes a file of the project's folder; answers its path. */
  readonly write: (name: string, text: string) => string
  readonly stop: () => Promise<void>
}

/** A build machine of its own sshd. */
export const buildMachine = async (config: readonly string[] = []): Promise<BuildMachine> =>
  buildMachineBehind(await startSshd({ config }))

/** A build machine behind a server, which is stopped with it. */
export function buildMachineBehind<S extends Server & { stop(): Promise<void>; readonly user?: string }>(
  server: S,
): BuildMachine<S> {
  let program: Program | undefined
  const dir = mkdtempSync(join(tmpdir(), 'gachette-e2e-'))
  const [project, home, meta, work] = ['project', 'home', 'meta', 'work'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ]
  mkdirSync(join(project, '.git'), { recursive: true })
  mkdirSync(home)
  const host = `${server.user ?? 'root'}@${server.address}:${server.port}`
  const lines = [
    `hosts: ["${host}"]`,
    `key_filename: ${server.keyFile}`,
    `known_hosts: ${server.knownHosts}`,
    'use_ssh_config: false',
    'connection_attempts: 1',
    `meta_path: ${meta}`,
    `work_path: ${work}`,
  ]
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    writeFileSync(join(project, name), text, { mode: 0o600 })
    return join(project, name)
  }
  const configure = (...more: readonly string[]) => {
    lines.push(...more)
    write('.gachetterc', `${lines.join('\n')}\n`)
  }
  configure()
  const plain = (text: string) => text.replaceAll(`[${server.address}:${server.port}] `, '')
  const start = (argv: readonly string[], options: Partial<StartOptions> = {}) => {
    program ??= compileProgram()
    return program.start(argv, { cwd: project, ...options })
  }
  return {
    server,
    dir,
    project,
    meta,
    work,
    host,
    async gachette(...argv) {
      const [stdout, stderr] = [new FakeStream(), new FakeStream()]
      const stdin = Object.assign(new PassThrough().end(), { isTTY: false })
      const signals = new EventEmitter()
      const env = { PATH: process.env.PATH }
      const endNow = () => {}
      const exitCode = await main(argv, { stdin, stdout, stderr, env, cwd: project, home, signals, endNow })
      return { exitCode, stdout: plain(stdout.text), stderr: plain(stderr.text) }
    },
    start,
    async run(argv, options) {
      const { exitCode, stdout, stderr } = await start(argv, options).ended
      return { exitCode, stdout: plain(stdout), stderr: plain(stderr) }
    },
    repository(name) {
      const url = join(dir, 'repositories', name)
      configure(`projects.${name}.url: ${url}`)
      return makeRepository(url)
    },
    configure,
    write,
    async stop() {
      await server.stop()
      program?.remove()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A missile of one application package, `dh-NAME`. */
export const missile = (name: string): string => `name: ${name}\ntype: application\n`
