import { type Drift, type HostStatus, matters, type Status } from './status.ts'
import { table } from './table.ts'

/** How hosts stand, for people: one line each, and below it what is not as it should be. */
export function statusText({ hosts }: Status): string {
  const rows = table(hosts.map(rowOf))
  return hosts
    .flatMap((host, at) => [
      rows[at] ?? '',
      ...host.drift.map((each) => `  ${driftText(each)}`),
      ...(hosts.length > FEW ? [] : memories(host)),
    ])
    .join('\n')
}

/** Of more hosts than that, nobody wants to read what each remembers. */
const FEW = 3

function memories({ remembers, generation }: HostStatus): readonly string[] {
  if (remembers.every((each) => each.generation === generation)) return []
  const each = remembers.map(
    ({ generation: number, stack, when }) => `${number} ${stack} (${when.slice(0, 16).replace('T', ' ')})`,
  )
  return [`  remembers ${each.join(', ')}`]
}

function rowOf({
  host,
  error,
  stack,
  generation,
  packages,
  when,
  who,
  drift,
}: HostStatus): readonly string[] {
  if (error !== undefined) return [host, '?', error]
  if (stack === null) return [host, '-', 'nothing was deployed here']
  const serious = drift.filter(matters).length
  const state = serious === 0 ? 'as deployed' : serious === 1 ? '1 difference' : `${serious} differences`
  const count = packages === 1 ? '1 package' : `${packages} packages`
  const held = drift.filter(({ type }) => type === 'held').length
  const all = held === 0 ? state : `${state}, ${held} on hold`
  return [host, stack, `generation ${generation}`, count, all, `since ${when} by ${who}`]
}

function driftText(drift: Drift): string {
  switch (drift.type) {
    case 'version':
      return `${drift.name} is ${drift.found}, not ${drift.version}`
    case 'missing':
      return `${drift.name} ${drift.version} is not installed`
    case 'unfinished':
      return `${drift.name} is half installed`
    case 'file':
      return drift.isConfig ? `${drift.path} has local edits` : `${drift.path} is not as its package has it`
    case 'held':
      return `${drift.name} is on hold`
    case 'unit':
      return `${drift.name} is enabled, and ${drift.state}`
    case 'running':
      return `${drift.who} deploys ${drift.stack} now`
    case 'interrupted':
      return `the deployment of ${drift.stack} by ${drift.who} was interrupted; the next one, or a rollback, brings it to an end`
  }
}
