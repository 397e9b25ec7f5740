import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseReadName } from '../name.ts'
import { parseStore, type StoreOptions } from '../store.ts'
import { type CheckOptions, checkPackages, outsideOf } from './check.ts'
import type { Outside, StackFinding } from './finding.ts'
import { readStackToCheck } from './read.ts'

/** Which stack to check, and against what. */
export interface StackCheck extends StoreOptions, Pick<CheckOptions, 'architectures' | 'base'> {
  /** A stack, a channel, or `latest`. */
  readonly name: string
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
}

/** A stack does not go together; the message has one line per finding. */
export class CheckFailed extends TaskError {
  override readonly code = 'check-failed'
}

/** Checks a stack as it is now, in one round trip; a .deb that was read once is not read again. */
export async function stackCheck(remote: Remote, options: StackCheck): Promise<StackChecked> {
  const store = parseStore(options)
  const { architectures, base, typed } = options
  const stack = await remote.ask(readStackToCheck(store, parseReadName(options.name), typed), {
    title: `check stack ${options.name}`,
  })
  const { name, generation, digest, packages, files, unreadable } = stack
  const against = { ...(architectures && { architectures }), ...(base && { base }) }
  return {
    stack: name,
    domain: store.domain,
    generation,
    digest,
    count: packages.length,
    findings: [...unreadable, ...checkPackages(packages, { ...against, files })],
    outside: outsideOf(packages, against),
  }
}

/** Shown of the findings when a check fails; a hundred lines are read by nobody. */
const SHOWN = 40

/** Throws a CheckFailed that tells the findings, where there are any. */
export function mustPass({ stack, findings }: Pick<StackChecked, 'stack' | 'findings'>): void {
  if (findings.length === 0) return
  const lines = findings.slice(0, SHOWN).map(({ message }) => `  ${message}`)
  const more = findings.length > SHOWN ? [`  and ${findings.length - SHOWN} more`] : []
  throw new CheckFailed([`stack ${stack} does not go together:`, ...lines, ...more].join('\n'))
}
