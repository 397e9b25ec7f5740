import { createHash } from 'node:crypto'
import { UsageError } from '../../shell/index.ts'
import type { ChannelPointer, FreezeRecord } from '../trust/index.ts'

/** The exact bytes of a freeze record: what is signed, and stays as it is for good. */
export const freezeRecord = (facts: Omit<FreezeRecord, 'v' | 'kind'>): string => {
  const { domain, stack, digest, generation, count, when, who, why } = facts
  const record: FreezeRecord = {
    v: 1,
    kind: 'gachette-stack',
    domain,
    stack,
    digest,
    generation,
    count,
    when,
    who,
    why,
  }
  return `${JSON.stringify(record)}\n`
}

/** The exact bytes of a channel's pointer: what is signed. */
export const channelPointer = (facts: Omit<ChannelPointer, 'v' | 'kind'>): string => {
  const { domain, channel, number, stack, digest, when, until, who, why } = facts
  const pointer: ChannelPointer = {
    v: 1,
    kind: 'gachette-channel',
    domain,
    channel,
    number,
    stack,
    digest,
    when,
    until,
    who,
    why,
  }
  return `${JSON.stringify(pointer)}\n`
}

/** A pointer's file is named by its number, so that names sort as numbers do: 8 digits. */
export const slotOf = (number: number): string => String(number).padStart(8, '0')

/** The time of a record: ISO, UTC, whole seconds, as the store writes it. */
export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`

/** A record and its signatures as an edit reads them from stdin. */
export function signedRequest(record: string, signatures: readonly string[]): string {
  return [record, ...signatures.map(signatureOf), '.\n'].join('')
}

const ARMOR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=]+\n)+-----END SSH SIGNATURE-----\n$/

function signatureOf(text: string): string {
  if (!ARMOR.test(text)) throw new UsageError('a signature is no armored SSH signature')
  return `sig ${createHash('sha256').update(text).digest('hex').slice(0, 16)}\n${text}`
}
