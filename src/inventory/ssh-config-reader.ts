import { defaultConfig, type HostConfig, hostConfig } from './ssh-config.ts'
import { type SshConfigScan, scanSshConfig } from './ssh-config-scan.ts'
import { type AskedHost, askSsh, type SshReply } from './ssh-program.ts'

/** Where ssh_config is looked for. */
export interface SshConfigSource {
  readonly useSshConfig: boolean
  /** Absolute; instead of the user's and the system's file. */
  readonly sshConfigPath?: string
  /** Told once when there is no ssh program. */
  readonly warn: (message: string) => void
}

/**
 * What ssh_config means for the hosts of a run. `ssh -G` is asked, which alone knows (Include, Match exec, tokens);
 * hosts whose answers cannot differ share one process.
 */
export class SshConfigReader {
  readonly #source: SshConfigSource
  readonly #replies = new Map<string, Promise<SshReply | undefined>>()
  #scan: Promise<SshConfigScan> | undefined
  #hasWarned = false

  constructor(source: SshConfigSource) {
    this.#source = source
  }

  /** What ssh_config says of a host. Rejects with a SettingsError when ssh does not accept its files. */
  async of(host: AskedHost): Promise<HostConfig> {
    if (!this.#source.useSshConfig) return defaultConfig(host.address)
    this.#scan ??= scanSshConfig(this.#source.sshConfigPath)
    const scan = await this.#scan
    const group = scan.groupOf(host.address)
    return (group !== undefined && (await this.#shared(host, group, scan))) || this.#own(host)
  }

  /** The answer somebody else of the group got, where it holds for this host; else undefined. */
  async #shared(asked: AskedHost, group: string, scan: SshConfigScan): Promise<HostConfig | undefined> {
    const reply = await this.#reply(`group ${group}`, { address: asked.address })
    // ssh reads files in places of its own choice: one we have not scanned makes everything uncertain.
    if (!reply?.files.every((file) => scan.files.has(file))) return undefined
    const name = reply.answer.get('hostname')?.[0] ?? ''
    if (name !== reply.askedFor.toLowerCase()) return hostConfig(reply.answer, asked.address)
    // It is the host's own name, unless somebody wrote just that down as a HostName.
    return scan.isHostName(name)
      ? undefined
      : hostConfig(reply.answer, asked.address, asked.address.toLowerCase())
  }

  async #own(host: AskedHost): Promise<HostConfig> {
    const reply = await this.#reply(`host ${host.user ?? ''}@${host.address} ${host.port ?? ''}`, host)
    return reply ? hostConfig(reply.answer, host.address) : defaultConfig(host.address)
  }

  #reply(key: string, host: AskedHost): Promise<SshReply | undefined> {
    const reply = this.#replies.get(key) ?? this.#ask(host)
    this.#replies.set(key, reply)
    return reply
  }

  async #ask(host: AskedHost): Promise<SshReply | undefined> {
    if (this.#hasWarned) return undefined
    const reply = await askSsh(host, this.#source.sshConfigPath)
    if (!reply && !this.#hasWarned) {
      this.#hasWarned = true
      this.#source.warn('there is no ssh program here: ssh_config is not read, only the settings count')
    }
    return reply
  }
}
