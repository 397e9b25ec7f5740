import { TaskError } from '../shell/index.ts'
import type { Change } from './change.ts'
import { type Conductor, hasFailed, namesAsHosts, type Outcome, type Site } from './conduct.ts'
import { hostLines } from './text.ts'

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
  /** `hosts-unreachable`: nothing else stood in the way than hosts that cannot be reached. */
  override readonly code: 'deployment-failed' | 'hosts-unreachable'
  readonly deployment: Deployment

  constructor(
    message: string,
    deployment: Deployment,
    options: { readonly output: readonly string[]; readonly hint?: string },
  ) {
    super(message, { ...options, found: deployment })
    this.deployment = deployment
    const why = deployment.hosts.filter(({ why }) => why !== undefined)
    const isUnreached = why.length > 0 && why.every(({ outcome }) => /^(unreachable|left-out)$/.test(outcome))
    this.code = isUnreached ? 'hosts-unreachable' : 'deployment-failed'
  }
}

/** The error that names the hosts that did not get there; what became of each is said of it, and in the deployment. */
export function deploymentFailed(deployment: Deployment, sites: readonly Site[]): DeploymentFailed {
  const failed = sites.filter(hasFailed)
  const logs = failed.flatMap(({ machine, outcome }) =>
    'log' in outcome ? outcome.log.map((line) => `${machine.name}: ${line}`) : [],
  )
  return new DeploymentFailed(
    `${deployment.stack}: ${failed.length} of ${sites.length} hosts did not get there: ${namesOf(failed)}`,
    deployment,
    { output: logs.slice(-10), ...hintOf(sites) },
  )
}

const namesOf = (sites: readonly Site[], between = ', ') =>
  sites.map(({ machine }) => machine.name).join(between)

function hintOf(sites: readonly Site[]): { readonly hint?: string } {
  const are = (type: Outcome['type']) => sites.filter(({ outcome }) => outcome.type === type)
  const [unknown, unreached] = [are('unknown'), are('unreachable')]
  const hints = new Map<string, readonly string[]>()
  for (const { machine, outcome } of sites)
    if ('hint' in outcome && outcome.hint)
      hints.set(outcome.hint, [...(hints.get(outcome.hint) ?? []), machine.name])
  const lines = [
    ...(unknown.length === 0
      ? []
      : [
          `a host that was lost finishes by itself: see where it is with  gachette ${namesAsHosts(unknown.map(({ machine }) => machine))} status`,
        ]),
    ...(are('stuck').length === 0
      ? []
      : ['mend what stands above on that host; the next deployment or rollback goes on from there']),
    ...(unreached.length === 0
      ? []
      : [`leave out what cannot be reached:  -x ${namesOf(unreached, ',')}  or  --skip-bad-hosts`]),
    ...[...hints].map(([hint, names]) => `${names.join(', ')}: ${hint}`),
  ]
  return lines.length === 0 ? {} : { hint: lines.slice(0, 4).join('\n') }
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

/** What a plan for people shows besides the hosts that have something to do. */
export interface PlanTextOptions {
  /** Also the hosts that are over already; of them it is said else what became of them. */
  readonly all?: boolean
  readonly groups?: Conductor['groups']
}

/** The plan for people: hosts with the same plan once; where there are several groups, their order. */
export function planText(
  { stack, digest, hosts }: Deployment,
  { all = true, groups = [] }: PlanTextOptions = {},
): readonly string[] {
  const grouped = new Map<string, string[]>()
  for (const told of hosts) {
    if (!all && told.outcome !== 'unbegun') continue
    const lines = hostLines(told).join('\n')
    grouped.set(lines, [...(grouped.get(lines) ?? []), told.host])
  }
  return [
    `stack ${stack}  ${digest.slice(0, 12)}`.trimEnd(),
    ...[...grouped].map(([lines, names]) => `${names.join(', ')}: ${lines}`),
    ...(all && groups.length > 1 ? [`in turn: ${groups.map(groupText).join('; ')}`] : []),
  ]
}

const groupText = ({ hosts, isCanary }: Conductor['groups'][number]): string =>
  `${hosts.map(({ name }) => name).join(', ')}${isCanary ? ' (canary)' : ''}`
