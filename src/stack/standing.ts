import { objectOrNone } from './manifest.ts'

/** That a stack is frozen: what it was when it was, and how many signatures lie beside the record, verified or not. */
export interface Frozen {
  readonly digest: string
  /** ISO time, UTC. */
  readonly when: string
  readonly who: string
  readonly why?: string
  readonly signatures: number
}

/** That a channel points to the stack. */
export interface InChannel {
  readonly channel: string
  readonly number: number
  readonly digest: string
  /** ISO times, UTC; `until` is absent where the pointer holds until the next one. */
  readonly when: string
  readonly until?: string
  readonly who: string
}

/** That a host has the stack, as its last deployment has noted here. */
export interface OnHost {
  readonly host: string
  /** What the host got: another digest than the stack's where the stack was edited since. */
  readonly digest: string
  /** The host's own number. */
  readonly generation?: number
  /** ISO time, UTC. */
  readonly when: string
  readonly who?: string
}

/** What is said of the stacks of a domain, each by the name of its stack. */
export interface Standing {
  readonly frozen: ReadonlyMap<string, Frozen>
  readonly channels: ReadonlyMap<string, readonly InChannel[]>
  readonly hosts: ReadonlyMap<string, readonly OnHost[]>
}

/**
 * Reads lines of freeze records, channels' pointers and notes of deployments, in whatever order; other lines, and records
 * that are none, say nothing here (`verify` names them). `signatures` counts by stack.
 */
export function standingOf(lines: readonly string[], signatures: ReadonlyMap<string, number>): Standing {
  const frozen = new Map<string, Frozen>()
  const channels = new Map<string, InChannel[]>()
  const hosts = new Map<string, OnHost[]>()
  for (const line of lines) {
    const entry = line.startsWith('{"v":1,') ? objectOrNone(line) : undefined
    if (entry === undefined) continue
    const text = (key: string) => (typeof entry[key] === 'string' ? entry[key] : '')
    const stack = text('stack')
    const common = { digest: text('digest'), when: text('when') }
    if (stack === '' || common.digest === '') continue
    const [who, why, until] = [text('who'), text('why'), text('until')]
    if (entry.kind === 'gachette-stack')
      frozen.set(stack, { ...common, who, ...(why && { why }), signatures: signatures.get(stack) ?? 0 })
    else if (entry.kind === 'gachette-channel')
      push(channels, stack, {
        channel: text('channel'),
        number: Number(entry.number),
        ...common,
        ...(until && { until }),
        who,
      })
    else if (text('host') !== '')
      push(hosts, stack, {
        host: text('host'),
        ...common,
        ...(typeof entry.generation === 'number' && { generation: entry.generation }),
        ...(who && { who }),
      })
  }
  for (const each of channels.values()) each.sort((a, b) => (a.channel < b.channel ? -1 : 1))
  for (const each of hosts.values())
    each.sort((a, b) => a.host.localeCompare(b.host, 'en', { numeric: true }))
  return { frozen, channels, hosts }
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
