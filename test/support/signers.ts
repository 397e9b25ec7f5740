import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A key pair of ssh: the private half, and the public one as it stands in its file. */
export interface TestKey {
  readonly file: string
  readonly publicFile: string
  /** `ssh-ed25519 AAAA…`, without its comment. */
  readonly line: string
  readonly fingerprint: string
}

/** Makes a key without a passphrase in a folder of the test's own. */
export function makeKey(folder: string, name: string, type = 'ed25519', passphrase = ''): TestKey {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  const bits = type === 'rsa' ? ['-b', '2048'] : []
  execFileSync('ssh-keygen', ['-q', '-t', type, ...bits, '-N', passphrase, '-C', name, '-f', file])
  const [kind = '', blob = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ')
  return {
    file,
    publicFile: `${file}.pub`,
    line: `${kind} ${blob}`,
    fingerprint: fingerprintOf(`${file}.pub`),
  }
}

/** What `ssh-keygen -l` prints of a public key or a certificate. */
export const fingerprintOf = (publicFile: string): string =>
  execFileSync('ssh-keygen', ['-l', '-f', publicFile], { encoding: 'utf8' }).split(' ')[1] ?? ''

/** Certifies a key for principals; gives the certificate's file. */
export function certify(
  authority: TestKey,
  key: TestKey,
  principals: string,
  options: readonly string[] = [],
): string {
  execFileSync(
    'ssh-keygen',
    ['-q', '-s', authority.file, '-I', 'id', '-n', principals, ...options, key.publicFile],
    {
      stdio: 'pipe',
    },
  )
  return key.publicFile.replace(/\.pub$/, '-cert.pub')
}

/** Writes a file of allowed signers: each line a principal with options, and a key. */
export function allow(folder: string, ...lines: readonly (readonly [string, TestKey])[]): string {
  const file = join(folder, 'allowed_signers')
  writeFileSync(file, lines.map(([who, key]) => `${who} ${key.line}\n`).join(''))
  return file
}

/** Signs bytes with a key's file, by ssh-keygen. */
export const signWith = (keyFile: string, namespace: string, bytes: string | Uint8Array): string =>
  execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-f', keyFile, '-n', namespace], {
    input: bytes,
    encoding: 'utf8',
  })

/** Puts a signature beside a record, as the store has it; gives its file. */
export function putSignature(folder: string, signature: string): string {
  mkdirSync(folder, { recursive: true })
  const number = existsSync(folder) ? readdirSync(folder).length : 0
  const file = join(folder, `${number.toString(16).padStart(16, '0')}.sig`)
  writeFileSync(file, signature)
  return file
}

/** An ssh agent of the test's own, ended with it; gives the environment in which ssh finds it. */
export async function startAgent(folder: string, ...keyFiles: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const socket = join(folder, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void agent.kill())
  await once(agent.stdout, 'data')
  const env = { ...process.env, SSH_AUTH_SOCK: socket }
  if (keyFiles.length > 0) execFileSync('ssh-add', ['-q', ...keyFiles], { env, stdio: 'pipe' })
  return env
}
