import type { Secret } from '../shell/index.ts'

/** What opening a session needs of the settings; times in milliseconds, local paths absolute. */
export interface ConnectSettings {
  /** Who speaks SSH; `built-in` unless given. */
  readonly client?: SshClient
  readonly user?: string
  readonly port?: number
  readonly keyFiles: readonly string[]
  readonly password?: Secret
  readonly useSshConfig: boolean
  readonly sshConfigPath?: string
  /** A jump host in front of every host, such as `user@gate:22`. */
  readonly gateway?: string
  readonly forwardAgent: boolean
  /** To connect and log in, a person's typing not counted; without it, what ssh_config says, else 10 s. */
  readonly timeoutMs?: number
  /** Without it, what ssh_config says, else 3. */
  readonly attempts?: number
  /** Between keepalive questions; three unanswered ones end the connection. 0: off. Without it, ssh_config's, else 15 s. */
  readonly keepaliveMs?: number
  /** Files; without it, what ssh_config says. The first one is written to under `accept-new`. */
  readonly knownHosts?: readonly string[]
  readonly hostKeyPolicy: HostKeyPolicy
  /** Asks a person for a passphrase or password; absent where there is no terminal. */
  readonly prompt?: (question: string) => Promise<Secret>
  /** One warning for the person at the screen. */
  readonly warn: (message: string) => void
}

/** `openssh`: the system's ssh program, for what ssh2 cannot do (certificates, security keys, GSSAPI, …). */
export type SshClient = 'built-in' | 'openssh'

export type HostKeyPolicy = 'strict' | 'accept-new' | 'off'
