import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from './cache.ts'
import type { HostPackage } from './generation.ts'
import { type Entry, tarBytes } from './tar.ts'

/** What a lock package is made of. */
export interface Locked {
  readonly domain: string
  readonly stack: string
  /** Of the stack, lower-case hex. */
  readonly digest: string
  readonly packages: readonly HostPackage[]
}

/** The name of a domain's lock package: a host has one at most, the next deployment replaces it. */
export const lockName = (domain: string): string =>
  `gachette-stack-${domain.toLowerCase().replace(/[^a-z0-9+.-]/g, '-')}`

/**
 * A package that keeps a host in a stack: it breaks every other version of each member, and pins them for apt, which does
 * not remove it without being told to (`Important`). Made of nothing but its arguments: equal arguments, equal bytes.
 */
export function lockPackage(locked: Locked): { readonly pin: HostPackage; readonly bytes: Buffer } {
  const { domain, stack, digest, packages } = locked
  const name = lockName(domain)
  const version = versionOf(stack, digest)
  const members = packages.filter((each) => each.name !== name)
  const control = `Package: ${name}
Version: ${version}
Architecture: all
Multi-Arch: foreign
Maintainer: gachette <root@localhost>
Section: metapackages
Priority: optional
Important: yes
${members.length === 0 ? '' : `Breaks: ${members.map(breaks).join(', ')}\n`}Description: keeps this host in stack ${stack}
 Digest of the stack: ${digest}
`
  const pins = members.map(
    (each) => `Package: ${each.name}\nPin: version ${each.version}\nPin-Priority: 1001\n\n`,
  )
  const bytes = ar([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar', tarBytes([file('./control', control)])],
    [
      'data.tar',
      tarBytes([
        ...['./', './etc/', './etc/apt/', './etc/apt/preferences.d/'].map(folder),
        file(`./etc/apt/preferences.d/${name}`, pins.join('')),
      ]),
    ],
  ])
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { pin: { name, version, architecture: 'all', sha256 }, bytes }
}

/** Lays one where .debs are kept on this machine; answers its path. */
export async function keepLock(
  { pin, bytes }: ReturnType<typeof lockPackage>,
  cache = cacheFolder(),
): Promise<string> {
  const path = join(cache, `${pin.sha256}.deb`)
  await mkdir(cache, { recursive: true, mode: 0o700 })
  const fresh = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(fresh, bytes, { mode: 0o600 })
  await rename(fresh, path)
  return path
}

const breaks = ({ name, version }: HostPackage): string => `${name} (<< ${version}), ${name} (>> ${version})`

/** A stack's name as a Debian version; the digest tells two states of one name apart. */
function versionOf(stack: string, digest: string): string {
  const plain = stack.replaceAll('_', '.')
  return `${/^\d/.test(plain) ? plain : `0+${plain}`}+${digest.slice(0, 12)}`
}

const file = (path: string, text: string): Entry & { readonly content: Uint8Array } => {
  const content = Buffer.from(text, 'utf8')
  return { path, size: content.length, content }
}

const folder = (path: string): Entry & { readonly content: Uint8Array } => ({
  path,
  size: 0,
  content: Buffer.alloc(0),
  mode: 0o755,
})

/** An archive as ar(5) has it: what a .deb is. */
function ar(files: readonly (readonly [string, Buffer])[]): Buffer {
  const parts = files.flatMap(([name, content]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.from(content.length % 2 === 0 ? '' : '\n'),
  ])
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}
