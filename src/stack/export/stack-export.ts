import { createHash } from 'node:crypto'
import type { Remote } from '../../task/context.ts'
import { parseStore, type StoreOptions } from '../store.ts'
import { clearSign, findGpgKey } from '../trust/gpg.ts'
import { type ResolvedStack, resolveStack, type TrustPolicy } from '../trust/resolve.ts'
import { prepareExport, publishExport, type Suite } from './export.ts'
import { holdRelease } from './release-holds.ts'

/** What to export, and how. */
export interface StackExport extends StoreOptions {
  /** A stack, a channel, `latest`, or a range. */
  readonly name: string
  readonly policy?: TrustPolicy
  /** The key of this machine's gpg that signs; unless given, the Release is not signed. */
  readonly gpgKey?: string
  /** How gachette was called, for the lines a message tells to type. */
  readonly typed?: string
}

/** A stack and all that belongs to it as one file of this machine. */
export interface BundleFile {
  readonly file: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** A stack as an apt suite. */
export interface Exported {
  readonly stack: string
  readonly domain: string
  /** What stands in a line of apt's sources: `main/1.4.0`, `main/production`. */
  readonly suite: string
  readonly digest: string
  readonly count: number
  /** `all` first; those of the packages, and the store machine's own. */
  readonly architectures: readonly string[]
  /** False where it was exported already: nothing was written. */
  readonly changed: boolean
  /** Fingerprint of the gpg key that signed InRelease; null: apt needs `[trusted=yes]`. */
  readonly signedBy: string | null
  /** ISO time after which apt refuses it; null: never. */
  readonly until: string | null
  /** The channel's pointer it was found by, where the name that was asked for is a channel's. */
  readonly channel?: { readonly channel: string; readonly number: number }
  /** For apt's sources, on the store's machine. */
  readonly source: string
  /** The file all of it was written to, where that was asked for. */
  readonly bundle?: BundleFile
}

/**
 * Makes META an apt repository that has the stack as a suite, under the name that was asked for: a channel's suite
 * keeps its name as it moves on, or apt would ask. The Release is signed here, by this machine's gpg: the store's
 * machine holds no key.
 */
export async function exportStack(remote: Remote, local: Remote, options: StackExport): Promise<Exported> {
  const store = parseStore(options)
  const { name, policy, typed, gpgKey } = options
  // First, before anything is written: is there such a key at all?
  const key = gpgKey === undefined ? undefined : await findGpgKey(local, gpgKey)
  const resolved = await resolveStack(remote, local, {
    store,
    name,
    ...(policy && { policy }),
    ...(typed !== undefined && { typed }),
  })
  const suite = suiteOf(resolved, key?.fingerprint ?? '')
  const title = `export ${resolved.name} as ${store.domain}/${suite.name}`
  const step = await remote.ask(prepareExport(store, suite, typed), { title })
  if (step.state === 'unsigned' && key) {
    const { id, release } = step
    await holdRelease(remote, local, store, { suite, packages: resolved.packages, id, release })
    const signed = await clearSign(local, key, release)
    const prepared = { id, release: sha256(release), signed: sha256(signed) }
    await remote.ask(publishExport(store, suite, prepared, typed), { stdin: signed, title })
  }
  const signedBy = (step.state === 'same' ? step.signedBy : key?.fingerprint) || null
  return {
    stack: resolved.name,
    domain: store.domain,
    suite: `${store.domain}/${suite.name}`,
    digest: resolved.digest,
    count: step.count,
    architectures: step.architectures,
    changed: step.state !== 'same',
    signedBy,
    until: suite.until || null,
    ...(resolved.channel && {
      channel: { channel: resolved.channel.channel, number: resolved.channel.number },
    }),
    source: sourceLine(store.meta, `${store.domain}/${suite.name}`, signedBy !== null),
  }
}

function suiteOf(resolved: ResolvedStack, fingerprint: string): Suite {
  const { name, asked, digest, channel, frozen } = resolved
  return {
    name: channel || asked === 'latest' ? asked : name,
    stack: name,
    digest,
    when: channel?.when ?? frozen?.when ?? '',
    until: channel?.until ?? '',
    fingerprint,
  }
}

function sourceLine(meta: string, suite: string, isSigned: boolean): string {
  const option = isSigned ? 'signed-by=/etc/apt/keyrings/gachette.asc' : 'trusted=yes'
  return `deb [${option}] file:${meta} ${suite} main`
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
