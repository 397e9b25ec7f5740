/**
 * The whole command line as a function, for what is about recorded runs and names of tasks rather than tasks: `attach`,
 * `cancel`, `--resume`, `--failed`. For tasks of a program's own there is `run` in `gachette`.
 *
 * @module gachette/command-line
 */
import { EventEmitter } from 'node:events'
import { homedir } from 'node:os'
import { Readable, Writable } from 'node:stream'
import { main } from './cli/main.ts'

/** What a command line may touch of the program that calls it; what is left out, it does without. */
export interface CommandLineOptions {
  /** Hears answers and what machines print; nobody does unless given. */
  readonly stdout?: Writable & { readonly isTTY?: boolean }
  /** Hears headings, warnings, failures and the summary; nobody does unless given. */
  readonly stderr?: Writable & { readonly isTTY?: boolean }
  /** What one command on one host reads; nothing unless given. */
  readonly stdin?: Readable
  /** Aborting is SIGTERM: nothing new is started, and what runs is ended. */
  readonly signal?: AbortSignal
  /** Where settings and tasks are looked for; the working directory unless given. */
  readonly cwd?: string
  /** `process.env` unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where the user's own settings, keys and journal are; the home folder of the user unless given. */
  readonly home?: string
}

/**
 * Does what `gachette WORD…` does, with everything it prints, and answers its exit code: 0, 1, 2, 3 or 130, as
 * docs/running.md says. `await gachette(['attach', 'last'], { stdout: process.stdout })`. Never rejects for what a user
 * or a host may get wrong; never ends the process, and leaves its signals and its working directory alone.
 */
export async function gachette(
  argv: readonly string[],
  { signal, cwd = process.cwd(), env = process.env, home = homedir(), ...streams }: CommandLineOptions = {},
): Promise<number> {
  const signals = new EventEmitter()
  const end = () => void signals.emit('SIGTERM')
  // What came before anybody listened is heard by whoever does.
  signals.on('newListener', (name, listener: () => void) => {
    if (name === 'SIGTERM' && signal?.aborted) queueMicrotask(listener)
  })
  signal?.addEventListener('abort', end)
  const { stdin = Readable.from([]), stdout = nowhere(), stderr = nowhere() } = streams
  try {
    return await main(argv, { stdin, stdout, stderr, env, cwd, home, signals, endNow: () => {} })
  } finally {
    signal?.removeEventListener('abort', end)
  }
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })
