import { counted, table } from '../table.ts'
import { signaturesText } from './signing.ts'
import type { Verified } from './verify.ts'

/** What was verified, for people: one line per stack and channel, and what was looked at. */
export function verifiedText({ stacks, channels, packages, hashed, signaturesNeeded }: Verified): string {
  const signed = (signers: readonly string[], isClaimed: boolean) =>
    signaturesNeeded === null || !isClaimed ? '' : signaturesText(signers, signaturesNeeded)
  const rows = [
    ...stacks.map(({ name, digest, frozen, signers }) => [
      name,
      digest === null ? 'a plain folder of 2013' : digest.slice(0, 12),
      frozen ? 'frozen' : '',
      signed(signers, frozen),
    ]),
    ...channels.map(({ name, number, stack, signers }) => [
      name,
      `leads to ${stack}`,
      `number ${number}`,
      signed(signers, true),
    ]),
  ]
  const read = hashed ? 'their files read' : 'their files not read'
  return [
    ...table(rows),
    `all holds: ${counted(stacks.length, 'stack')}, ${counted(packages, 'package')}, ${read}`,
  ].join('\n')
}
