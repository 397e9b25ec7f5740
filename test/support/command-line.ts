import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { main } from '../../src/cli/main.ts'
import type { World } from '../../src/cli/streams.ts'
import { type FakeHosts, fakeHosts } from './fake-session.ts'

/** What a command line said and answered; the project's folder reads `DIR`, the home folder `HOME`. */
export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandLine {
  /** A project's folder with the files that were given; `home` is beside it, and empty. */
  readonly dir: string
  readonly home: string
  /** Runs the whole program in this process, with streams of the test's own. */
  readonly gachette: (...argv: readonly string[]) => Promise<Said>
  readonly signals: EventEmitter
  readonly write: (name: string, text: string) => string
  readonly remove: () => void
}

export interface CommandLineOptions {
  readonly files?: Readonly<Record<string, string>>
  /** Built-in tasks; those of the program unless given. */
  readonly builtIn?: object
  readonly hosts?: FakeHosts
  /** What is piped in; without it, a terminal at which nobody types. */
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly onEndNow?: (exitCode: number) => void
}

/** The program in a folder of its own, with hosts that are faked. */
export function commandLine(options: CommandLineOptions = {}): CommandLine {
  const root = mkdtempSync(join(tmpdir(), 'gachette-cli-'))
  const [dir, home] = [join(root, 'project'), join(root, 'home')]
  mkdirSync(join(dir, '.git'), { recursive: true })
  mkdirSync(home)
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  for (const [name, text] of Object.entries(options.files ?? {})) write(name, text)
  const signals = new EventEmitter()
  const shown = (chunks: readonly Buffer[]) =>
    Buffer.concat(chunks).toString().replaceAll(dir, 'DIR').replaceAll(home, 'HOME')

  async function gachette(...argv: readonly string[]): Promise<Said> {
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    const stdin = options.stdin === undefined ? new PassThrough() : Readable.from([options.stdin])
    const world: World = {
      stdin: Object.assign(stdin, { isTTY: options.stdin === undefined }),
      stdout: sink(out),
      stderr: sink(err),
      env: options.env ?? {},
      cwd: dir,
      home,
      signals,
      endNow: options.onEndNow ?? (() => {}),
    }
    const exitCode = await main(argv, world, {
      builtIn: async () => options.builtIn ?? import('../../tasks/index.ts'),
      api: () => import('../../src/index.ts'),
      connections: async () => (options.hosts ?? fakeHosts()).open,
    })
    return { exitCode, stdout: shown(out), stderr: shown(err) }
  }
  return { dir, home, gachette, signals, write, remove: () => rmSync(root, { recursive: true }) }
}

const sink = (chunks: Buffer[]): Writable =>
  new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk)
      done()
    },
  })
