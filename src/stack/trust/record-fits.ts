import type { Store } from '../store.ts'
import { places } from './read.ts'
import { BadRecord, type ChannelPointer, type FreezeRecord } from './record.ts'
import type { Survey } from './survey.ts'

/** A record, where it was found, and what else lies there. */
export interface Place {
  readonly file: string
  /** Of the file, without `.json`. */
  readonly name: string
  readonly survey: Survey
  readonly store: Store
}

/** Throws a BadRecord unless a freeze record is of the stack that its file is named by, as that stack is. */
export function checkFreeze(record: FreezeRecord, { file, name, survey, store }: Place): void {
  if (record.stack !== name || record.domain !== store.domain)
    throw new BadRecord(`${file} is the record of stack ${record.stack} (domain ${record.domain})`)
  mustHold(record.stack, record.digest, { file, survey })
}

/** Throws a BadRecord unless a pointer is its channel's, the link follows it, and its stack is frozen as it says. */
export function checkPointer(pointer: ChannelPointer, place: Place & { readonly channel: string }): void {
  const { file, name, channel, survey, store } = place
  if (pointer.channel !== channel || pointer.domain !== store.domain)
    throw new BadRecord(`${file} is the pointer of channel ${pointer.channel} (domain ${pointer.domain})`)
  if (pointer.number !== Number(name)) throw new BadRecord(`${file} is pointer number ${pointer.number}`)
  const link = survey.entries.find((each) => each.name === channel)
  // Where only one stack was looked at, the channel's own link was not.
  if (link !== undefined && (link.type !== 'alias' || link.target !== pointer.stack))
    throw new BadRecord(
      `domain/${store.domain}/stacks/${channel} leads to ${'target' in link ? link.target || 'nowhere' : link.type}, and ${file} to ${pointer.stack}`,
    )
  mustHold(pointer.stack, pointer.digest, { file, survey })
  const isThere = survey.entries.some(({ name }) => name === pointer.stack)
  if (isThere && !survey.records.has(places.frozen(store.domain, pointer.stack)))
    throw new BadRecord(`${file} is of stack ${pointer.stack}, whose freeze record is not there`)
}

function mustHold(stack: string, digest: string, { file, survey }: Pick<Place, 'file' | 'survey'>): void {
  const entry = survey.entries.find((each) => each.name === stack)
  if (entry?.type !== 'stack') {
    if (survey.isWhole) throw new BadRecord(`${file} is of stack ${stack}, which is not there`)
    return
  }
  const now = survey.generations.get(entry.generation)?.digest
  if (now !== digest)
    throw new BadRecord(`${file} is of stack ${stack} with digest ${digest}, and that stack's is ${now}`)
}
