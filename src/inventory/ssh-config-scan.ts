import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { matchesPattern } from './pattern.ts'
import { localUser } from './ssh-config.ts'

/**
 * What can be said about ssh_config without being ssh: which hosts must get the same answer. Where that cannot be
 * said for certain (Match, tokens, quotes …), every host is one of its own.
 */
export interface SshConfigScan {
  /** Every file that was looked at. */
  readonly files: ReadonlySet<string>
  /** Hosts of one group get one answer; undefined: nothing is certain. */
  groupOf(host: string): string | undefined
  /** Whether some HostName line, anywhere, says exactly this. */
  isHostName(name: string): boolean
}

interface Findings {
  readonly files: Set<string>
  readonly hostLines: (readonly string[])[]
  readonly hostNames: Set<string>
  isCertain: boolean
}

// Only what we read of ssh's answer matters, and of that, what can hold a token. (ControlPath often does; it is not ours.)
const WITH_TOKENS = new Set(
  'hostname user hostkeyalias identityfile identityagent userknownhostsfile globalknownhostsfile proxyjump proxycommand forwardagent bindaddress certificatefile pkcs11provider'.split(
    ' ',
  ),
)
const DEEPEST = 16

/** Reads the configuration files OpenSSH would read: the one given, or the user's and the system's. */
export async function scanSshConfig(path: string | undefined): Promise<SshConfigScan> {
  const found: Findings = { files: new Set(), hostLines: [], hostNames: new Set(), isCertain: true }
  const userFolder = join(localUser().home, '.ssh')
  if (path !== undefined) await scan(path, userFolder, found, 0)
  else {
    await scan(join(userFolder, 'config'), userFolder, found, 0)
    await scan('/etc/ssh/ssh_config', '/etc/ssh', found, 0)
  }
  return {
    files: found.files,
    isHostName: (name) => found.hostNames.has(name.toLowerCase()),
    groupOf: (host) =>
      found.isCertain ? found.hostLines.map((line) => (fits(line, host) ? '1' : '0')).join('') : undefined,
  }
}

async function scan(file: string, folder: string, found: Findings, depth: number): Promise<void> {
  if (depth > DEEPEST) found.isCertain = false
  if (!found.isCertain) return
  found.files.add(file)
  const text = await readFile(file, 'utf8').catch(() => '')
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, keyword, value] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? []
    if (keyword === undefined || value === undefined) found.isCertain = false
    else await note(keyword.toLowerCase(), value, folder, found, depth)
    if (!found.isCertain) return
  }
}

async function note(
  keyword: string,
  value: string,
  folder: string,
  found: Findings,
  depth: number,
): Promise<void> {
  const isPlain = !/["'\\#]/.test(value)
  const words = value.split(/\s+/)
  if (keyword === 'host') {
    found.isCertain &&= isPlain
    found.hostLines.push(words)
  } else if (keyword === 'match') found.isCertain &&= value.toLowerCase() === 'all'
  else if (keyword === 'canonicalizehostname') found.isCertain &&= value.toLowerCase() === 'no'
  else if (keyword === 'include') {
    found.isCertain &&= isPlain
    for (const word of words)
      for (const file of await included(word, folder, found)) await scan(file, folder, found, depth + 1)
  } else if (WITH_TOKENS.has(keyword)) {
    found.isCertain &&= !/[%$]/.test(value)
    if (keyword === 'hostname') found.hostNames.add(value.toLowerCase())
  }
}

async function included(word: string, folder: string, found: Findings): Promise<string[]> {
  const path = word.startsWith('~/') ? join(localUser().home, word.slice(2)) : resolve(folder, word)
  if (/[[\]{}$%]|^~/.test(path) || /[*?]/.test(dirname(path))) {
    found.isCertain = false
    return []
  }
  const pattern = basename(path)
  if (!/[*?]/.test(pattern)) return [path]
  const names = await readdir(dirname(path)).catch(() => [])
  return names
    .filter((name) => !name.startsWith('.') && matchesPattern(pattern, name))
    .sort()
    .map((name) => join(dirname(path), name))
}

/** A Host line: one pattern must fit, and no negated one. */
function fits(patterns: readonly string[], host: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  return (
    !negated.some((pattern) => matchesPattern(pattern, host)) &&
    patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, host))
  )
}
