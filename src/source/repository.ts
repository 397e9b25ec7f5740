import { createHash } from 'node:crypto'
import { printable, Secret, UsageError } from '../shell/index.ts'

/** Where a repository is, told so that git can be given it and people can be shown it. Made by `parseRepositoryUrl`. */
export interface RepositoryUrl {
  /** What git is given: never holds a password or a token. */
  readonly url: string
  /** What people are shown, and what names the mirror: without credentials. */
  readonly shown: string
  readonly transport: 'ssh' | 'https' | 'http' | 'git' | 'file'
  readonly credentials?: Credentials
}

/**
 * User and password that stood in an http url; `scope` is the server they are for: `https://example.com:8443`. A user
 * alone may be a token; its password is what the build machine's own credential helpers know, else empty.
 */
export interface Credentials {
  readonly scope: string
  readonly user: Secret
  readonly password?: Secret
}

const LONGEST = 2000
const FORMS = 'ssh://, user@host:path, https://, git://, file:// or an absolute path'

/**
 * Reads the url of a repository as somebody typed it; helper transports such as `ext::` (gitremote-helpers(7)) are
 * refused. Throws a UsageError.
 */
export function parseRepositoryUrl(text: string): RepositoryUrl {
  const refuse = (fault: string) => new UsageError(`${printable(masked(text))} is no repository: ${fault}`)
  if (text === '') throw refuse('it is empty')
  if (text.length > LONGEST) throw refuse(`it is longer than ${LONGEST} characters`)
  // " and \ cannot stand in git's own files as they are; nobody's repository needs them.
  const odd = /[\0-\x1f\x7f"\\]/.exec(text)
  if (odd !== null || /\p{Surrogate}/u.test(text))
    throw refuse(`${printable(odd?.[0] ?? '')} is not allowed in it`)
  if (text.startsWith('-')) throw refuse('it starts with a dash')
  if (/^[A-Za-z0-9+.-]*::/.test(text)) throw refuse('helper transports are not used')
  const found = text.startsWith('/')
    ? local(text)
    : /^[A-Za-z0-9+.-]+:\/\//.test(text)
      ? withScheme(text)
      : scpLike(text)
  if (typeof found === 'string') throw refuse(found)
  return found
}

/**
 * The name of a repository's mirror: readable, and unique by the hash of the url. The shell part of `mirror.ts` names
 * submodules' mirrors by the same rule.
 */
export function mirrorName(shown: string): string {
  const last = /([^/:]*?)(?:\.git)?\/?$/.exec(shown)?.[1] ?? ''
  const readable = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(last) ? last : 'repository'
  return `${readable}-${createHash('sha256').update(shown).digest('hex').slice(0, 12)}`
}

const local = (text: string): RepositoryUrl => ({ url: text, shown: text, transport: 'file' })

function withScheme(text: string): RepositoryUrl | string {
  const [, scheme = '', authority = '', path = ''] = /^([^:]+):\/\/([^/?#]*)(.*)$/s.exec(text) ?? []
  const at = authority.lastIndexOf('@')
  const userInfo = at < 0 ? undefined : authority.slice(0, at)
  const host = authority.slice(at + 1)
  const transport = scheme.toLowerCase()
  if (transport === 'file')
    return ['', 'localhost'].includes(authority) && path.startsWith('/')
      ? { url: text, shown: text, transport }
      : 'file:// takes an absolute path: file:///srv/shop.git'
  if (!['ssh', 'https', 'http', 'git'].includes(transport)) return `it is none of ${FORMS}`
  if (!isHost(host)) return `${printable(host)} is no host`
  if (path.length < 2 || path.startsWith('/-')) return 'it names no path on the host'
  if (transport === 'ssh') {
    if (userInfo !== undefined && !isUser(userInfo))
      return 'ssh takes a user, and no password, in front of the host'
    return { url: text, shown: text, transport }
  }
  if (transport === 'git')
    return userInfo === undefined ? { url: text, shown: text, transport } : 'git:// takes no user'
  return http(transport === 'http' ? 'http' : 'https', host, path, userInfo)
}

/** User and password travel apart from the url: everybody on the host can read the arguments of a process. */
function http(
  transport: 'http' | 'https',
  host: string,
  path: string,
  userInfo?: string,
): RepositoryUrl | string {
  const scope = `${transport}://${host}`
  const shown = `${scope}${path}`
  if (userInfo === undefined) return { url: shown, shown, transport }
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(userInfo) ?? []
  const [plainUser, plainPassword] = [decoded(user), decoded(password ?? '')]
  if (plainUser === undefined || plainPassword === undefined)
    return 'its user or password is not percent-encoded well'
  const alone = { scope, user: new Secret(plainUser) }
  const credentials = password === undefined ? alone : { ...alone, password: new Secret(plainPassword) }
  return { url: shown, shown, transport, credentials }
}

/** `[user@]host:path`; the path may start with `~`, not with a dash. */
function scpLike(text: string): RepositoryUrl | string {
  const [, user, host = '', path = ''] = /^(?:([^@/:]*)@)?(\[[^\]/]*\]|[^/:[\]]*):(.*)$/s.exec(text) ?? []
  if (path === '') return `it is none of ${FORMS}`
  if (!isHost(host) || (user !== undefined && !isUser(user)))
    return `${printable(host)} is no host, or its user no user`
  if (path.startsWith('-') || path.startsWith(':')) return 'its path starts with a dash or a colon'
  return { url: text, shown: text, transport: 'ssh' }
}

const isHost = (text: string): boolean =>
  text.length <= 255 &&
  /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?\])(?::\d{1,5})?$/.test(text)

const isUser = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(text)

/** Percent-decoded; undefined where it cannot be, or would break the lines git's credentials travel in. */
function decoded(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text)
    return /[\0\r\n]/.test(plain) ? undefined : plain
  } catch {
    return undefined
  }
}

/** Whatever stands where a password or a token may stand, hidden: also in a url that is refused. */
function masked(text: string): string {
  const [start, end] = [text.indexOf('://') + 3, text.lastIndexOf('@')]
  const mayHide = start > 2 && end > start && (/^https?:/i.test(text) || text.slice(start, end).includes(':'))
  return mayHide ? `${text.slice(0, start)}***${text.slice(end)}` : text
}
