import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { SettingsError } from '../shell/index.ts'
import type { SecretWorld } from './kinds.ts'
import { MAX_BYTES, readTrusted, Untrusted } from './trusted-file.ts'

/** Where a secret is kept; one of them. */
export type SecretSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] }
  | { readonly prompt: string }

/** A secret that is needed now: where the settings say it is, and who says so. */
export interface Sought {
  readonly source: SecretSource
  /** The setting's name. */
  readonly name: string
  /** Of the file that names the source: a command runs there. */
  readonly folder: string
  /** `.gachetterc:3:5`. */
  readonly at: string
}

/** How long a command may take: somebody may have to type a passphrase for it. */
const PATIENCE_MS = 60_000

/** Fetches a secret. Rejects with a SettingsError that names the place and shows nothing. */
export async function findSecret(sought: Sought, world: SecretWorld): Promise<string> {
  const value = await fetched(sought, world)
  if (value === '') throw wrong(sought, 'what was found is empty')
  if (value.includes('\0')) throw wrong(sought, 'what was found holds a NUL byte')
  return value
}

async function fetched(sought: Sought, { env, prompt }: SecretWorld): Promise<string> {
  const { source } = sought
  if ('env' in source) {
    const value = env[source.env]
    if (value) return value
    throw wrong(sought, `the environment variable ${source.env} is not set`)
  }
  if ('file' in source) return withoutLastNewline(await fromFile(sought, source.file))
  if ('command' in source) return withoutLastNewline(await fromCommand(sought, source.command, env))
  if (prompt !== undefined) return (await prompt(`${source.prompt.replace(/\s*:?\s*$/, '')}: `)).reveal()
  throw wrong(
    sought,
    'it is asked for at a terminal, and there is none',
    'name another way for runs without one',
  )
}

async function fromFile(sought: Sought, path: string): Promise<string> {
  try {
    const { text, readableByOthers } = await readTrusted(path)
    // Secrets that a container is given belong to root, and all may read them there.
    if (readableByOthers && (await stat(path)).uid !== 0)
      throw new Untrusted('every user of this machine can read it', `chmod 600 ${path}`)
    return text
  } catch (error) {
    if (error instanceof Untrusted) throw wrong(sought, `${path}: ${error.message}`, error.hint)
    throw error
  }
}

/** What a command prints, without a shell; what it says on stderr is for the person. */
async function fromCommand(
  sought: Sought,
  [program = '', ...args]: readonly string[],
  env: SecretWorld['env'],
): Promise<string> {
  const child = spawn(program, args, {
    cwd: sought.folder,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_BYTES) child.kill('SIGKILL')
    else chunks.push(chunk)
  })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
    // Whatever it started may hold its output open.
    child.stdout.destroy()
  }, PATIENCE_MS)
  try {
    const [code, signal] = await once(child, 'close')
    if (isLate) throw wrong(sought, `${program} did not end within ${PATIENCE_MS / 1000} s`)
    if (bytes > MAX_BYTES) throw wrong(sought, `${program} prints more than ${MAX_BYTES / 1024} KiB`)
    if (code !== 0)
      throw wrong(sought, `${program} failed (${code === null ? `ended by ${signal}` : `exit ${code}`})`)
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw wrong(sought, `${program} cannot be started`)
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).toString()
}

const withoutLastNewline = (text: string): string => text.replace(/\r?\n$/, '')

const wrong = ({ at, name }: Sought, what: string, hint?: string): SettingsError =>
  new SettingsError(`${at}: ${name}: ${what}`, hint === undefined ? {} : { hint })
