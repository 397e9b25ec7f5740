import { parseRelations } from '../../deb/index.ts'
import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseReadName, type StackName } from '../name.ts'
import { parseStore, type Store, type StoreOptions } from '../store.ts'
import { asked, frozenStacks, pick } from '../trust/names.ts'
import { baseOf } from './base-of.ts'
import { type CheckOptions, findingsOf, outsideOfRead, readPackages } from './check.ts'
import type { Outside, StackFinding } from './finding.ts'
import { type WouldInstall, wouldInstall } from './install.ts'
import { readStackToCheck } from './read.ts'

/** Which stack to check, and against what. */
export interface StackCheck extends StoreOptions {
  /** A stack, a channel, `latest`, or a range: `^1.2`. */
  readonly name: string
  /** The architecture of the hosts, then those they have besides; that of most packages unless given. */
  readonly architectures?: readonly string[]
  /** A host whose apt knows what the hosts can get without the stack: what is not there is a finding, then. */
  readonly base?: Remote
  /** A host whose apt is asked what it would do to have it on this stack; nothing changes there. */
  readonly on?: Remote
  /** How gachette was called, for the lines a message tells to type. */
  readonly typed?: string
}

/** What a check found. */
export interface StackChecked {
  readonly stack: string
  readonly domain: string
  readonly generation: string
  /** Of the stack that was checked: what was found holds for this digest, always. */
  readonly digest: string
  readonly count: number
  /** None: every member finds what it needs of the others, and none is in the way of another. */
  readonly findings: readonly StackFinding[]
  /** What the hosts must bring. */
  readonly outside: readonly Outside[]
  /** The host whose apt knows all that is `outside`; null: nobody was asked. */
  readonly base: string | null
  /** What apt would do on a host; null: none was asked. */
  readonly install: WouldInstall | null
}

/** A stack does not go together, or a host's apt would not install it; the message has one line per finding. */
export class CheckFailed extends TaskError {
  override readonly code = 'check-failed'
}

/**
 * Checks a stack as it is now, in one round trip (two for a range), and one more to each host that is asked. A .deb that
 * was read once is not read again.
 */
export async function stackCheck(remote: Remote, options: StackCheck): Promise<StackChecked> {
  const store = parseStore(options)
  const { architectures, typed, on } = options
  const title = `check stack ${options.name}`
  const read = readStackToCheck(store, await exactName(remote, store, options.name), typed)
  const { name, generation, digest, packages, files, unreadable } = await remote.ask(read, { title })
  const members = readPackages(packages, architectures)
  const outside = outsideOfRead(members)
  const base = await baseFor(outside, options.base)
  const simulation = on && wouldInstall(on.host.name, packages)
  return {
    stack: name,
    domain: store.domain,
    generation,
    digest,
    count: packages.length,
    findings: [...unreadable, ...findingsOf(members, { ...base, files })],
    outside,
    base: options.base?.host.name ?? null,
    install:
      (on && simulation && (await on.ask(simulation.query, { stdin: simulation.stdin, title }))) ?? null,
  }
}

/** Only a range needs to be looked up: channels and `latest` are links. */
async function exactName(remote: Remote, store: Store, name: string): Promise<StackName> {
  const wanted = asked(name)
  if (wanted.type === 'name') return wanted.name
  if (name === 'latest' || remote.dryRun) return parseReadName('latest')
  return pick(wanted, await remote.ask(frozenStacks(store)))
}

async function baseFor(
  outside: readonly Outside[],
  remote: Remote | undefined,
): Promise<Pick<CheckOptions, 'base'>> {
  if (remote === undefined) return {}
  const wanted = outside.flatMap(({ relation }) => parseRelations('Depends', relation).flat())
  const { query, stdin } = baseOf([...new Set(wanted.map(({ name }) => name))])
  return { base: await remote.ask(query, { stdin, title: 'ask what apt knows' }) }
}

/** Shown of the findings when a check fails; a hundred lines are read by nobody. */
const SHOWN = 40

/** Throws a CheckFailed that tells the findings, and what apt would not do, where there are any; all of it is its `found`. */
export function mustPass(checked: StackChecked): void {
  const { stack, findings, install } = checked
  if (findings.length > 0)
    throw failed(
      checked,
      `stack ${stack} does not go together:`,
      findings.map(({ message }) => message),
    )
  if (install === null) return
  const { host, refuses, removes } = install
  if (refuses.length > 0) throw failed(checked, `${host}: apt would not install stack ${stack}:`, refuses)
  const gone = removes.map(({ name, version }) => `${name} ${version}`)
  const hint = 'a stack removes nothing: see what conflicts with it there'
  if (gone.length > 0)
    throw failed(checked, `${host}: for stack ${stack} apt would remove what is installed:`, gone, hint)
}

function failed(found: StackChecked, head: string, all: readonly string[], hint?: string): CheckFailed {
  const lines = all.slice(0, SHOWN).map((line) => `  ${line}`)
  const more = all.length > SHOWN ? [`  and ${all.length - SHOWN} more`] : []
  return new CheckFailed([head, ...lines, ...more].join('\n'), { found, ...(hint !== undefined && { hint }) })
}
