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
  /** A line for /bin/sh whose stdin and stdout are the connection. */
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
}

/** What ssh_config(5) calls a token: `%h`, `%p` … by their letter. */
type Tokens = Readonly<Record<string, string>>

const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => `~/.ssh/${name}`)

const home = (): string => userInfo().homedir

/** What OpenSSH does with a host no file says anything about. */
export const defaultConfig = (host: string): HostConfig => parseSshG('', host)

/**
 * Reads what `ssh -G` printed for a host.
 *
 * @param host as it was asked for; `%n` of the tokens
 */
export function parseSshG(printed: string, host: string): HostConfig {
  const lines = printed.split('\n')
  const all = (key: string) =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1))
  const one = (key: string) => all(key)[0]
  const number = (key: string, otherwise: number) => Number.parseInt(one(key) ?? '', 10) || otherwise
  const hostName = one('hostname') ?? host.toLowerCase()
  const user = one('user')
  const port = number('port', 22)
  const tokens = tokensOf({
    host,
    hostName,
    port,
    user: user ?? userInfo().username,
    alias: one('hostkeyalias'),
  })
  const path = (text: string) => expandPath(text, tokens)
  const paths = (text: string | undefined) =>
    (text ?? '')
      .split(' ')
      .filter((word) => word !== '' && word !== 'none')
      .map(path)
  const named = all('identityfile')
  const identityFiles = named.length > 0 ? named.filter((file) => file !== 'none') : DEFAULT_KEYS
  const proxyCommand = one('proxycommand')
  const connectTimeout = number('connecttimeout', 0)
  const identityAgent = one('identityagent')
  return {
    hostName,
    ...given('user', user === undefined ? undefined : expandTokens(user, tokens)),
    port,
    ...given('hostKeyAlias', one('hostkeyalias')?.toLowerCase()),
    identityFiles: identityFiles.map(path),
    identitiesOnly: one('identitiesonly') === 'yes',
    ...given('identityAgent', identityAgent === undefined ? undefined : agentPath(identityAgent, path)),
    knownHostsFiles: [
      ...paths(one('userknownhostsfile') ?? '~/.ssh/known_hosts ~/.ssh/known_hosts2'),
      ...paths(one('globalknownhostsfile') ?? '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2'),
    ],
    hashKnownHosts: one('hashknownhosts') === 'yes',
    proxyJump: splitHops(one('proxyjump')).map((hop) => expandTokens(hop, tokens)),
    ...given(
      'proxyCommand',
      proxyCommand === 'none' || !proxyCommand ? undefined : expandTokens(proxyCommand, tokens),
    ),
    forwardAgent: agentPath(one('forwardagent') ?? 'no', path),
    ...given('connectTimeoutMs', connectTimeout > 0 ? connectTimeout * 1000 : undefined),
    connectionAttempts: number('connectionattempts', 1),
    aliveIntervalMs: number('serveraliveinterval', 0) * 1000,
    aliveCountMax: number('serveralivecountmax', 3),
    family: one('addressfamily') === 'inet' ? 4 : one('addressfamily') === 'inet6' ? 6 : undefined,
    ...given('bindAddress', one('bindaddress')),
    compression: one('compression') === 'yes',
    batch: one('batchmode') === 'yes',
  }
}

/** Hops of a ProxyJump or a `gateway`, in order: `a,user@b:22`. */
export const splitHops = (text: string | undefined): string[] =>
  text === undefined || text === 'none'
    ? []
    : text.split(',').map((hop) => hop.trim().replace(/^ssh:\/\//, ''))

/** `~`, `%` tokens and `${VARIABLES}` of a path replaced. An unset variable stays as written: such a file does not exist. */
function expandPath(text: string, tokens: Tokens): string {
  const rooted = /^~(?=\/|$)/.test(text) ? home() + text.slice(1) : text
  return expandTokens(rooted, tokens).replace(
    /\$\{(\w+)\}/g,
    (written, name: string) => process.env[name] ?? written,
  )
}

const expandTokens = (text: string, tokens: Tokens): string =>
  text.replace(/%(.)/g, (written, letter: string) => tokens[letter] ?? written)

function agentPath(value: string, path: (text: string) => string): string {
  if (value === 'SSH_AUTH_SOCK') return process.env.SSH_AUTH_SOCK ?? 'none'
  if (value.startsWith('$') && !value.startsWith('${')) return process.env[value.slice(1)] ?? 'none'
  return path(value)
}

function tokensOf(about: {
  readonly host: string
  readonly hostName: string
  readonly port: number
  readonly user: string
  readonly alias: string | undefined
}): Tokens {
  const local = hostname()
  const { username, uid } = userInfo()
  const jump = ''
  return {
    '%': '%',
    C: createHash('sha1').update(`${local}${about.hostName}${about.port}${about.user}${jump}`).digest('hex'),
    d: home(),
    h: about.hostName,
    i: String(uid),
    k: about.alias ?? about.host,
    L: local.split('.')[0] ?? local,
    l: local,
    n: about.host,
    p: String(about.port),
    r: about.user,
    u: username,
  }
}

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V })
