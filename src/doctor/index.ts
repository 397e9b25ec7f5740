import type { Remote } from '../task/context.ts'
import { machineFacts } from './facts.ts'
import { type Finding, findingsOf, type Purpose, programsFor } from './findings.ts'
import { startingPoint } from './here.ts'

export type { FolderFacts, MachineFacts } from './facts.ts'
export type { Finding, Purpose } from './findings.ts'

/** What was found on a machine. */
export interface Diagnosis {
  readonly host: string
  /** Such as `Debian GNU/Linux 12 (bookworm)`. */
  readonly system: string
  readonly findings: readonly Finding[]
}

/**
 * Looks at a host in one round trip: what gachette needs of it and it lacks. `folders` are absolute paths there that it
 * must be able to write to. Throws as `ask` does; a dry run finds nothing.
 */
export async function examine(
  remote: Remote,
  purpose: Purpose,
  folders: readonly string[],
): Promise<Diagnosis> {
  const asked = { programs: programsFor(purpose), folders }
  const since = Date.now()
  const facts = await remote.ask(machineFacts(asked), { title: `look at ${remote.host.name}` })
  const until = Date.now()
  const our = { nowSeconds: (since + until) / 2000, askedSeconds: (until - since) / 1000 }
  // A dry run has asked nobody.
  const findings = remote.dryRun ? [] : findingsOf(facts, purpose, our)
  return { host: remote.host.name, system: facts.system, findings }
}

/** Looks at this machine, from which hosts are reached; `here` is the `local` of a task. */
export async function examineHere(here: Remote): Promise<Diagnosis> {
  return { host: 'here', system: '', findings: here.dryRun ? [] : await startingPoint(here) }
}

/** A diagnosis for people: a line for each finding, the line that mends it below. */
export const diagnosisLines = ({ host, system, findings }: Diagnosis): readonly string[] => [
  system === '' ? host : `${host}: ${system}`,
  ...findings.flatMap(({ state, text, mend }) => [
    `  ${SIGNS[state]} ${text}`,
    ...(mend?.split('\n') ?? []).map((line) => `      ${line}`),
  ]),
]

const SIGNS: Readonly<Record<Finding['state'], string>> = { good: '✓', odd: '!', missing: '✗' }
