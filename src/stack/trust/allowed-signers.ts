import { parsePublicLine, type SshKey } from './ssh-key.ts'

/** One line of a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS), as far as we need it: ssh-keygen judges. */
export interface AllowedSigner {
  readonly principals: readonly string[]
  readonly key: SshKey
  /** The key signs certificates of signers, and nothing itself. */
  readonly isAuthority: boolean
  /** Patterns of what it may sign; any unless given. */
  readonly namespaces?: readonly string[]
  /** In ssh's form: `20261231`, `202612312359Z`. */
  readonly validAfter?: string
  readonly validBefore?: string
}

/** Reads the lines that are well formed; ssh-keygen passes over the others, too. */
export const parseAllowedSigners = (text: string): readonly AllowedSigner[] =>
  text.split('\n').flatMap((line) => parseLine(line) ?? [])

/** Whether a line lets this key sign: it names the key, or the authority that certified it. */
export const names = (signer: AllowedSigner, key: SshKey): boolean =>
  signer.isAuthority
    ? signer.key.fingerprint === key.authority?.fingerprint
    : key.authority === undefined && signer.key.fingerprint === key.fingerprint

function parseLine(line: string): AllowedSigner | undefined {
  const text = line.replace(/\r$/, '').replace(/^[ \t]+/, '')
  if (text === '' || text.startsWith('#')) return undefined
  const [principals, rest] = word(text)
  const whole = parsePublicLine(rest)
  const [options, after] = whole ? ['', rest] : word(rest)
  const key = whole ?? parsePublicLine(after)
  const known = optionsOf(options)
  if (principals === '' || key === undefined || known === undefined) return undefined
  return { principals: unquoted(principals).split(','), key, ...known }
}

/** The first word, in which quotes hold spaces together, and what follows it. */
function word(text: string): readonly [first: string, rest: string] {
  const [first = ''] = /^(?:"(?:\\"|[^"])*"|[^ \t"])*/.exec(text) ?? []
  return [first, text.slice(first.length).trimStart()]
}

function optionsOf(text: string): Omit<AllowedSigner, 'principals' | 'key'> | undefined {
  const values = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(/([^,="]+)(?:=("(?:\\"|[^"])*"))?(?:,|$)/g))
    values.set(name.toLowerCase(), unquoted(value))
  const known = ['cert-authority', 'namespaces', 'valid-after', 'valid-before']
  if ([...values.keys()].some((name) => !known.includes(name))) return undefined
  const [namespaces, validAfter, validBefore] = known.slice(1).map((name) => values.get(name))
  return {
    isAuthority: values.has('cert-authority'),
    ...(namespaces !== undefined && { namespaces: namespaces.split(',') }),
    ...(validAfter !== undefined && { validAfter }),
    ...(validBefore !== undefined && { validBefore }),
  }
}

const unquoted = (text: string): string =>
  /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('\\"', '"') : text
