import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { onTestFinished } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { Stack } from '../../src/stack/index.ts'
import type { Said } from './build-machine.ts'
import { type DebianHost, type DebianHosts, type DebianHostsOptions, debianHosts } from './debian-hosts.ts'
import { FakeStream } from './fake-streams.ts'
import { localRemote } from './local-remote.ts'
import { compileProgram, type Program, type Started, type StartOptions } from './program.ts'
import type { TinyDeb } from './tiny-deb.ts'

/** A store on this machine with stacks to deploy, shared by the tests of a file; `remove` it after the last. */
export interface StackStore {
  /** Where packages are made. */
  readonly debs: string
  readonly meta: string
  /** Stack → package → version, of all that were made. */
  readonly stacks: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Makes a stack of these packages, and freezes it. */
  stack(name: string, packages: readonly TinyDeb[]): Promise<void>
  /** The program as it is shipped, compiled at its first use. */
  readonly program: () => Program
  remove(): void
}

export function stackStore(): StackStore {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-fleet-'))
  const [debs, meta] = [join(dir, 'debs'), join(dir, 'meta')]
  mkdirSync(debs)
  const stacks = new Map<string, Readonly<Record<string, string>>>()
  let program: Program | undefined
  return {
    debs,
    meta,
    stacks,
    async stack(name, packages) {
      const stack = new Stack(localRemote(), { metaPath: meta, name, debsPath: debs, who: 'ann@desk' })
      await stack.create()
      await stack.add(packages)
      const { exitCode, stdout, stderr } = await run(dir, { meta }, ['stack', 'freeze', name])
      if (exitCode !== 0) throw new Error(`stack freeze ${name}: ${stdout}${stderr}`)
      stacks.set(name, Object.fromEntries(packages.map((each) => [each.name, each.version])))
    },
    program: () => {
      program ??= compileProgram()
      return program
    },
    remove() {
      program?.remove()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Hosts to deploy to, a project with settings for them, and the program. */
export interface Fleet {
  readonly hosts: readonly DebianHost[]
  readonly all: DebianHosts
  /** Where the program is run. */
  readonly project: string
  /** Where it keeps .debs on this machine. */
  readonly cache: string
  /**
   * Runs the program in this process; hosts are known to it by their names, and all of them as
   * `@web`. The prefix of what it says itself is taken off.
   */
  readonly gachette: (...argv: readonly string[]) => Promise<Said>
  /** Starts the program as users run it. */
  readonly start: (argv: readonly string[], options?: Partial<StartOptions>) => Started
  /** Writes the settings anew, with these lines besides. */
  readonly configure: (...lines: readonly string[]) => void
  /** Host → the stack it is wholly on; `nothing`, or what is wrong. */
  readonly stands: () => Readonly<Record<string, string>>
  /** What the store has written down about a host. */
  readonly record: (host: DebianHost) => Readonly<Record<string, unknown>> | undefined
  readonly stop: () => Promise<void>
}

/** Fresh hosts for one test, gone with it. */
export async function fleetFor(
  store: StackStore,
  count = 3,
  options: DebianHostsOptions = {},
): Promise<Fleet> {
  const fleet = await openFleet(store, count, options)
  onTestFinished(fleet.stop)
  return fleet
}

/** The same for several tests; whoever opens it stops it. */
export async function openFleet(
  store: StackStore,
  count: number,
  options: DebianHostsOptions = {},
): Promise<Fleet> {
  const all = await debianHosts(count, options)
  const { hosts } = all
  const project = join(all.dir, 'project')
  const cache = join(all.dir, 'cache')
  mkdirSync(join(project, '.git'), { recursive: true })
  const settings = { meta: store.meta, hosts: all }
  const configure = (...lines: readonly string[]) => writeSettings(project, settings, lines)
  configure()
  return {
    hosts,
    all,
    project,
    cache,
    configure,
    gachette: (...argv) => run(project, undefined, argv, cache),
    start: (argv, more = {}) =>
      store.program().start(argv, { cwd: project, ...more, env: { XDG_CACHE_HOME: cache, ...more.env } }),
    stands: () => Object.fromEntries(hosts.map((host) => [host.name, standing(host, store.stacks)])),
    record({ name }) {
      const file = join(store.meta, '.gachette/deployed/main', `${name}.json`)
      return existsSync(file)
        ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)
        : undefined
    },
    stop: all.stop,
  }
}

function writeSettings(
  project: string,
  { meta, hosts }: { readonly meta: string; readonly hosts?: DebianHosts },
  more: readonly string[] = [],
): void {
  const inventory = hosts === undefined ? [] : inventoryOf(project, hosts)
  const lines = [...inventory, 'use_ssh_config: false', 'store_host: local', `meta_path: ${meta}`, ...more]
  writeFileSync(join(project, '.gachetterc'), `${lines.join('\n')}\n`, { mode: 0o600 })
}

function inventoryOf(project: string, { hosts, keyFile, knownHosts }: DebianHosts): readonly string[] {
  const known = hosts.map(({ name, address, port }) => [name, { address, port, user: 'root' }])
  const file = join(project, 'hosts.json')
  const roles = { web: hosts.map(({ name }) => name) }
  writeFileSync(file, JSON.stringify({ v: 1, hosts: Object.fromEntries(known), roles }))
  return [`inventory: [/bin/cat, ${file}]`, `key_filename: ${keyFile}`, `known_hosts: ${knownHosts}`]
}

/** One call of the program in this process; without settings of a project, the store's own. */
async function run(
  cwd: string,
  settings: { readonly meta: string } | undefined,
  argv: readonly string[],
  cache = join(cwd, 'cache'),
): Promise<Said> {
  if (settings !== undefined) {
    mkdirSync(join(cwd, '.git'), { recursive: true })
    writeSettings(cwd, settings)
  }
  // What is kept on this machine is kept by the environment of the process.
  process.env.XDG_CACHE_HOME = cache
  const [stdout, stderr] = [new FakeStream(), new FakeStream()]
  const stdin = Object.assign(new PassThrough().end(), { isTTY: false })
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: cache }
  const world = {
    stdin,
    stdout,
    stderr,
    env,
    cwd,
    home: join(cwd, 'home'),
    signals: new EventEmitter(),
    endNow() {},
  }
  const exitCode = await main(settings === undefined ? argv : ['-H', 'local', ...argv], world)
  const plain = (text: string) => text.replaceAll(/^\[local\] /gm, '')
  return { exitCode, stdout: plain(stdout.text), stderr: plain(stderr.text) }
}

/** Everything dpkg has of the packages of all stacks, and what it complains of, and what the host has written down. */
const STANDING = `dpkg-query -W -f '\${Package} \${Version} \${db:Status-Abbrev}\\n' "$@" 2>/dev/null || :
echo AUDIT; dpkg --audit; ls -A /var/lib/dpkg/updates
echo CURRENT; ! [ -L /var/lib/gachette/main/current ] || head -n 1 /var/lib/gachette/main/current/manifest.json`

function standing(host: DebianHost, stacks: StackStore['stacks']): string {
  const members = [...new Set([...stacks.values()].flatMap((packages) => Object.keys(packages)))]
  const [packages = '', rest = ''] = host.sh(STANDING, ...members).split('AUDIT\n')
  const [audit = '', current = ''] = rest.split('CURRENT\n')
  const rows = packages
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
  const there = rows.filter(([, , status]) => !/^.[nc]/.test(status ?? ''))
  const odd = there.filter(([, , status]) => status !== 'ii').map((row) => row.join(' '))
  const has = Object.fromEntries(there.map(([name = '', version = '']) => [name, version]))
  const name =
    there.length === 0
      ? 'nothing'
      : ([...stacks].find(([, wanted]) => equal(wanted, has))?.[0] ?? `a mixture: ${JSON.stringify(has)}`)
  const written = /"stack":"([^"]*)"/.exec(current)?.[1] ?? 'nothing'
  return [
    name,
    ...odd,
    ...(audit.trim() === '' ? [] : [`audit: ${audit.trim()}`]),
    ...(written === name ? [] : [`written down: ${written}`]),
  ].join('; ')
}

const equal = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  Object.keys(one).length === Object.keys(other).length &&
  Object.entries(one).every(([name, version]) => other[name] === version)
