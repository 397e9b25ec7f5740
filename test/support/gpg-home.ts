import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** gpg with keys of the test's own. */
export interface GpgHome {
  /** For the programs that sign. */
  readonly env: NodeJS.ProcessEnv
  /** Makes a key without a passphrase; answers its fingerprint. */
  readonly key: (name: string) => string
  /** A public key as apt's signed-by takes it. */
  readonly publicKey: (name: string) => string
  /** Ends its agent, too. */
  readonly remove: () => void
}

/** The path is short, for the agent's socket. */
export function gpgHome(): GpgHome {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-gpg-'))
  const env = { ...process.env, GNUPGHOME: dir }
  const gpg = (...argv: readonly string[]) =>
    execFileSync('gpg', ['--batch', '--quiet', ...argv], { env, encoding: 'utf8', stdio: 'pipe' })
  return {
    env,
    key(name) {
      gpg('--passphrase', '', '--quick-generate-key', name, 'ed25519', 'sign', 'never')
      return /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--with-colons', '--list-keys', name))?.[1] ?? ''
    },
    publicKey: (name) => gpg('--armor', '--export', name),
    remove() {
      execFileSync('gpgconf', ['--kill', 'all'], { env })
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
