import { TaskError } from '../shell/index.ts'
import type { Change } from './change.ts'
import type { Outcome, Site } from './conduct.ts'
import { hasFailed } from './conduct.ts'
import { hostLines, outcomeLines } from './text.ts'

/** What a deployment came to; plain JSON. */
export interface Deployment {
  readonly v: 1
  readonly domain: string
  /** The exact stack; and what was asked for. */
  readonly stack: string
  readonly asked: string
  readonly digest: string
  /** Whether every host is where it was to get. */
  readonly ok: boolean
  readonly hosts: readonly DeployedHost[]
}

/** One host of it. */
export interface DeployedHost {
  readonly host: string
  readonly outcome: Outcome['type']
  /** One line; only where it did not get there. */
  readonly why?: string
  /** The generation and the stack it was at before; 0 and null: none. */
  readonly from: { readonly generation: number; readonly stack: string | null }
  /** Where it was to get. */
  readonly to: { readonly generation: number; readonly stack: string | null }
  /** What was to be changed there, without what stays. */
  readonly changes: readonly Change[]
  /** Packages of no stack that apt installed besides. */
  readonly others: readonly { readonly name: string; readonly version: string }[]
  readonly warnings: readonly string[]
  /** Files of configuration that have local edits, which stay. */
  readonly kept: readonly string[]
}

/** Not every host got there. `deployment` says what became of each; what failed has gone back. */
export class DeploymentFailed extends TaskError {
  override readonly code = 'deployment-failed'
  readonly deployment: Deployment

  constructor(
    message: string,
    deployment: Deployment,
    options: { readonly output: readonly string[]; readonly hint?: string },
  ) {
    super(message, { ...options, found: deployment })
    this.deployment = deployment
  }
}

/** The error that says of each host where it is, and of those that failed why. */
export function deploymentFailed(deployment: Deployment, sites: readonly Site[]): DeploymentFailed {
  const failed = sites.filter(hasFailed)
  const logs = failed.flatMap(({ machine, outcome }) =>
    'log' in outcome ? outcome.log.map((line) => `${machine.name}: ${line}`) : [],
  )
  return new DeploymentFailed(
    `${deployment.stack}: ${failed.length} of ${sites.length} hosts did not get there\n${outcomeLines(sites).join('\n')}`,
    deployment,
    { output: logs.slice(-10), ...hintOf(sites) },
  )
}

function hintOf(sites: readonly Site[]): { readonly hint?: string } {
  if (sites.some(({ outcome }) => outcome.type === 'unknown'))
    return { hint: 'a host that was lost finishes by itself: see where it is with  gachette status' }
  if (sites.some(({ outcome }) => outcome.type === 'stuck'))
    return { hint: 'mend what stands above on that host; the next deployment or rollback goes on from there' }
  for (const { outcome } of sites)
    if (outcome.type === 'refused' && outcome.hint) return { hint: outcome.hint }
  return {}
}

/** What is known of a deployment so far. */
export function deploymentOf(
  domain: string,
  { name, asked, digest }: { readonly name: string; readonly asked: string; readonly digest: string },
  sites: readonly Site[],
): Deployment {
  return {
    v: 1,
    domain,
    stack: name,
    asked,
    digest,
    ok: !sites.some(hasFailed),
    hosts: sites.map(({ machine, plan, outcome, others = [] }) => {
      const number = plan?.state.current ?? 0
      return {
        host: machine.name,
        outcome: outcome.type,
        ...('why' in outcome && { why: outcome.why }),
        from: { generation: number, stack: plan?.state.generations.get(number)?.stack ?? null },
        to: aimOf(plan, name),
        changes: plan?.changes.filter(({ type }) => type !== 'same') ?? [],
        others,
        warnings: plan?.warnings ?? [],
        kept: outcome.type === 'done' ? outcome.kept : [],
      }
    }),
  }
}

function aimOf(plan: Site['plan'], name: string): DeployedHost['to'] {
  if (plan === undefined) return { generation: 0, stack: name }
  const { number, generation, state } = plan
  return { generation: number, stack: (generation ?? state.generations.get(number))?.stack ?? null }
}

/** The plan for people: hosts with the same plan once. */
export function planText({ stack, digest, hosts }: Deployment): readonly string[] {
  const grouped = new Map<string, string[]>()
  for (const told of hosts) {
    const lines = hostLines(told).join('\n')
    grouped.set(lines, [...(grouped.get(lines) ?? []), told.host])
  }
  return [
    `stack ${stack}  ${digest.slice(0, 12)}`.trimEnd(),
    ...[...grouped].map(([lines, names]) => `${names.join(', ')}: ${lines}`),
  ]
}
