import { createHash } from 'node:crypto'
import { hostname, userInfo } from 'node:os'

/** What ssh_config says of one host, tokens and `~` replaced; what it is silent on has OpenSSH's own default. */
export interface HostConfig {
  readonly hostName: string
  /** Absent: the local user. */
  readonly user?: string
  readonly port: number
  readonly hostKeyAlias?: string
  /** In the order they are to be tried; they need not exist. */
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  /** Path of the agent's socket; absent: $SSH_AUTH_SOCK; `none`: no agent. */
  readonly identityAgent?: string
  /** The user's files, then the system's. */
  readonly knownHostsFiles: readonly string[]
  readonly hashKnownHosts: boolean
  /** Hops as written: `user@gate:22`, in order. */
  readonly proxyJump: readonly string[]
  /** A line for /bin/sh whose stdin and stdout are the connection; `%` tokens are still in it. */
  readonly proxyCommand?: string
  /** `yes`, `no`, or which agent's socket. */
  readonly forwardAgent: string
  readonly connectTimeoutMs?: number
  readonly connectionAttempts: number
  /** 0: no keepalive. */
  readonly aliveIntervalMs: number
  readonly aliveCountMax: number
  readonly family: 4 | 6 | undefined
  readonly bindAddress?: string
  readonly compression: boolean
  /** BatchMode: never ask a person. */
  readonly batch: boolean
  /** GSSAPIAuthentication: try Kerberos. */
  readonly gssapi: boolean
  /** Lines about logging in that only the ssh program itself can heed, such as `CertificateFile /x`. */
  readonly onlyForSsh: readonly string[]
}

/** The lines `ssh -G` printed, by keyword. */
export type SshAnswer = ReadonlyMap<string, readonly string[]>

const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => `~/.ssh/${name}`)

/** Reads what `ssh -G` printed. */
export function parseAnswer(printed: string): SshAnswer {
  const said = new Map<string, string[]>()
  for (const line of printed.split('\n')) {
    const space = line.indexOf(' ')
    if (space < 0) continue
    const keyword = line.slice(0, space)
    const values = said.get(keyword) ?? []
    values.push(line.slice(space + 1))
    said.set(keyword, values)
  }
  return said
}

/** What OpenSSH does with a host no file says anything about. */
export const defaultConfig = (host: string): HostConfig => hostConfig(new Map(), host)

/**
 * What the answer means for a host.
 *
 * @param host as it was typed
 * @param hostName instead of the answer's own
 */
export function hostConfig(said: SshAnswer, host: string, hostName = one(said, 'hostname')): HostConfig {
  const number = (keyword: string, otherwise: number) =>
    Number.parseInt(one(said, keyword) ?? '', 10) || otherwise
  const address = hostName ?? host.toLowerCase()
  const port = number('port', 22)
  const user = one(said, 'user')
  const alias = one(said, 'hostkeyalias')?.toLowerCase()
  const token = tokens({ host, address, port, user, alias })
  const path = (text: string) => expandPath(text, token)
  const list = (text: string) => words(text).map(path)
  const keys = said.get('identityfile')?.filter((file) => file !== 'none') ?? DEFAULT_KEYS
  const command = one(said, 'proxycommand')
  const agent = one(said, 'identityagent')
  const timeout = number('connecttimeout', 0)
  const family = one(said, 'addressfamily')
  return {
    hostName: address,
    ...given('user', user),
    port,
    ...given('hostKeyAlias', alias),
    identityFiles: keys.map(path),
    identitiesOnly: one(said, 'identitiesonly') === 'yes',
    ...given('identityAgent', agent && agentPath(agent, path)),
    knownHostsFiles: [
      ...list(one(said, 'userknownhostsfile') ?? '~/.ssh/known_hosts ~/.ssh/known_hosts2'),
      ...list(one(said, 'globalknownhostsfile') ?? '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2'),
    ],
    hashKnownHosts: one(said, 'hashknownhosts') === 'yes',
    proxyJump: splitHops(one(said, 'proxyjump')).map((hop) => expandTokens(hop, token)),
    ...given('proxyCommand', command === 'none' ? undefined : command),
    forwardAgent: agentPath(one(said, 'forwardagent') ?? 'no', path),
    ...given('connectTimeoutMs', timeout > 0 ? timeout * 1000 : undefined),
    connectionAttempts: number('connectionattempts', 1),
    aliveIntervalMs: number('serveraliveinterval', 0) * 1000,
    aliveCountMax: number('serveralivecountmax', 3),
    family: family === 'inet' ? 4 : family === 'inet6' ? 6 : undefined,
    ...given('bindAddress', one(said, 'bindaddress')),
    compression: one(said, 'compression') === 'yes',
    batch: one(said, 'batchmode') === 'yes',
    gssapi: one(said, 'gssapiauthentication') === 'yes',
    onlyForSsh: [
      ...(said.get('certificatefile') ?? []).map((file) => `CertificateFile ${path(file)}`),
      ...(said.get('pkcs11provider') ?? [])
        .filter((file) => file !== 'none')
        .map((file) => `PKCS11Provider ${path(file)}`),
    ],
  }
}

/** Hops of a ProxyJump or a `gateway`, in order: `a,user@b:22`. */
export const splitHops = (text: string | undefined): string[] =>
  text === undefined || text === 'none'
    ? []
    : text.split(',').map((hop) => hop.trim().replace(/^ssh:\/\//, ''))

/** A ProxyCommand made ready for the shell, as OpenSSH does it: the values are put in as they are. */
export const expandProxyCommand = (
  line: string,
  about: { readonly host: string; readonly address: string; readonly port: number; readonly user: string },
): string => expandTokens(line, tokens({ ...about, alias: undefined }))

interface About {
  readonly host: string
  readonly address: string
  readonly port: number
  readonly user: string | undefined
  readonly alias: string | undefined
}

type Token = (letter: string) => string | undefined

let local:
  | { readonly user: string; readonly uid: number; readonly home: string; readonly host: string }
  | undefined

/** The local user as the password file knows it: OpenSSH does not look at $HOME either. */
export function localUser(): NonNullable<typeof local> {
  if (!local) {
    const { username, uid, homedir } = userInfo()
    local = { user: username, uid, home: homedir, host: hostname() }
  }
  return local
}

/** The tokens of ssh_config(5), "TOKENS". */
function tokens({ host, address, port, user, alias }: About): Token {
  const me = localUser()
  const remoteUser = user ?? me.user
  return (letter) => {
    const meanings: Readonly<Record<string, () => string>> = {
      '%': () => '%',
      C: () => createHash('sha1').update(`${me.host}${address}${port}${remoteUser}`).digest('hex'),
      d: () => me.home,
      h: () => address,
      i: () => String(me.uid),
      k: () => alias ?? host,
      L: () => me.host.split('.')[0] ?? me.host,
      l: () => me.host,
      n: () => host,
      p: () => String(port),
      r: () => remoteUser,
      u: () => me.user,
    }
    return meanings[letter]?.()
  }
}

/** `~`, tokens and `${VARIABLES}` replaced. An unset variable stays as it is written: such a file does not exist. */
function expandPath(text: string, token: Token): string {
  const rooted = /^~(?=\/|$)/.test(text) ? localUser().home + text.slice(1) : text
  return expandTokens(rooted, token).replace(
    /\$\{(\w+)\}/g,
    (written, name: string) => process.env[name] ?? written,
  )
}

const expandTokens = (text: string, token: Token): string =>
  text.replace(/%(.)/g, (written, letter: string) => token(letter) ?? written)

function agentPath(value: string, path: (text: string) => string): string {
  if (value === 'SSH_AUTH_SOCK') return process.env.SSH_AUTH_SOCK ?? 'none'
  if (/^\$\w/.test(value)) return process.env[value.slice(1)] ?? 'none'
  return path(value)
}

const one = (said: SshAnswer, keyword: string): string | undefined => said.get(keyword)?.[0]

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '' && word !== 'none')

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V })
