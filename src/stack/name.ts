import parseVersion from 'semver/functions/parse.js'
import { printable, UsageError } from '../shell/index.ts'

declare const kind: unique symbol
type Checked<Kind extends string> = string & { readonly [kind]: Kind }

/** A stack's name; safe as a path segment, as a word of a shell and in a URL. */
export type StackName = Checked<'stack'>
/** The name of a stack that is to be read: `latest` and channels are names, too. Throws a UsageError. */
export const parseReadName = (text: string): StackName => checked<'stack'>(text, NAME, 'a stack', NAME_RULE)

/** What may stand for several names: `1.4.*`, `rc-?`. Throws a UsageError. */
export const parsePattern = (text: string, what: string): string =>
  checked(
    text,
    /^[A-Za-z0-9._+~*?-]{1,128}$/,
    what,
    'letters, digits and . _ + ~ -, and * and ? as wildcards',
  )

/** The name of a channel: a pointer that is moved from one frozen stack to the next. */
export type ChannelName = Checked<'channel'>
/** A domain's name, by the same rule as a stack's. */
export type DomainName = Checked<'domain'>
/** A Debian version, epoch and all; it is a folder's name in the store too. */
export type PackageVersion = Checked<'version'>
/** An absolute, normalised folder on the build machine. */
export type RemoteFolder = Checked<'folder'>

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/
const NAME_RULE = 'a letter or digit, then letters, digits and . _ + ~ -, 128 at most'

/** A stack's name; `latest` is refused: it is the link that freezing a stack moves. */
export function parseStackName(text: string): StackName {
  if (text === 'latest')
    throw new UsageError('latest is no name for a stack: it stands for the newest frozen one')
  return checked<'stack'>(text, NAME, 'a stack', NAME_RULE)
}

/** A domain's name, by the rule of a stack's. Throws a UsageError. */
export const parseDomain = (text: string): DomainName => checked<'domain'>(text, NAME, 'a domain', NAME_RULE)

/** By the rule of working copies. */
export const parseProjectName = (text: string): string =>
  checked(text, /^[A-Za-z0-9_][A-Za-z0-9._+~-]{0,127}$/, 'a project', `_, or ${NAME_RULE}`)

export const parsePackageVersion = (text: string): PackageVersion =>
  checked<'version'>(
    text,
    /^[A-Za-z0-9][A-Za-z0-9.+~:-]{0,199}$/,
    'a version',
    'a digit, then letters, digits and . + ~ : -',
  )

/** A channel's name, by the rule of a stack's. A version is refused: that is a stack's. Throws a UsageError. */
export function parseChannelName(text: string): ChannelName {
  if (text === 'latest') throw new UsageError('latest is no name for a channel: it is moved by freezing')
  if (parseVersion(text) !== null)
    throw new UsageError(`${printable(text)} is a version, and no name for a channel`, {
      hint: 'name what it is for, as in  production',
    })
  return checked<'channel'>(text, NAME, 'a channel', NAME_RULE)
}

/** The name of a package that is pinned; a store of 2013 may have names that Debian would refuse. Throws a UsageError. */
export const parsePinnedName = (text: string): string =>
  checked(text, /^[A-Za-z0-9][A-Za-z0-9+._-]{0,127}$/, 'a package', 'letters, digits and + . _ -')

/** An absolute path, without control characters; `/a//b/../c/` becomes `/a/c`. The root folder is refused. */
export function parseRemoteFolder(text: string, meaning: string): RemoteFolder {
  if (!text.startsWith('/') || /[\u0000-\u001f\u007f]/.test(text) || text.length > 1000)
    throw new UsageError(`${meaning} is ${printable(text)}; it must be an absolute path on the build machine`)
  const parts: string[] = []
  for (const part of text.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  if (parts.length === 0) throw new UsageError(`${meaning} is the root folder; name a folder of its own`)
  return `/${parts.join('/')}` as RemoteFolder
}

function checked<Kind extends string>(
  text: string,
  pattern: RegExp,
  what: string,
  rule: string,
): Checked<Kind> {
  if (typeof text === 'string' && pattern.test(text)) return text as Checked<Kind>
  throw new UsageError(`${printable(String(text))} is no name for ${what}`, { hint: `allowed: ${rule}` })
}
