import type { Remote } from '../task/context.ts'
import type { HostPlan } from './plan.ts'

/** What a deployment needs to know of a machine besides how to talk to it. */
export interface Machine {
  readonly name: string
  readonly roles?: readonly string[]
}

/** Who conducts a deployment: a TaskContext of a task that conducts is one. */
export interface Conductor<M extends Machine = Machine> extends Remote {
  readonly hosts: readonly M[]
  readonly groups: readonly { readonly hosts: readonly M[]; readonly isCanary: boolean }[]
  readonly maxFail: number | `${number}%` | undefined
  /** A host, for commands and files. */
  readonly on: (host: M) => Conducted
  readonly local: Remote
}

/** A host that is conducted, of which it may be said what became of it. */
export interface Conducted extends Remote {
  /** Shows it, and counts the host at the end. */
  readonly conclude?: (conclusion: {
    readonly is: 'done' | 'failed' | 'skipped'
    readonly text: string
  }) => void
}

/** What became of one host. `why` is one line for people. */
export type Outcome =
  /** It is at the generation that was asked for. */
  | {
      readonly type: 'done'
      readonly generation: number
      /** Files of configuration with local edits, which stay. */
      readonly kept: readonly string[]
      readonly active: readonly string[]
    }
  /** There was nothing to do. */
  | { readonly type: 'same' }
  /** It was left out: nothing was installed there. */
  | {
      readonly type: 'refused'
      readonly why: string
      readonly log: readonly string[]
      readonly hint?: string
    }
  /** It could not be reached to be looked at: nothing was installed there. */
  | { readonly type: 'unreachable'; readonly why: string; readonly hint?: string }
  /** The same, and nobody minds: the others go on without it. */
  | { readonly type: 'left-out'; readonly why: string }
  /** It failed, and went back by itself. */
  | {
      readonly type: 'back'
      readonly why: string
      readonly log: readonly string[]
      readonly stays: readonly string[]
    }
  /** It had got there, and was taken back because others failed, or its check did. */
  | { readonly type: 'undone'; readonly why: string; readonly stays: readonly string[] }
  /** It had got there and was to be taken back, and could not: it is wholly at the new stack. */
  | { readonly type: 'ahead'; readonly why: string; readonly log: readonly string[] }
  /** It is neither here nor there. */
  | { readonly type: 'stuck'; readonly why: string; readonly log: readonly string[] }
  /** Nobody knows: it could not be reached any more. */
  | { readonly type: 'unknown'; readonly why: string }
  /** It had begun, and nobody waits for it any more: it comes to its end by itself. */
  | { readonly type: 'goes-on' }
  /** Its turn did not come. */
  | { readonly type: 'unbegun' }
  /** All is prepared, and only the plan was asked for. */
  | { readonly type: 'planned' }

/** One host of a deployment, as far as it has come. */
export interface Site<M extends Machine = Machine> {
  readonly machine: M
  readonly remote: Conducted
  /** Absent where it could not be looked at. */
  plan?: HostPlan
  /** .debs made for this host, which the store does not have: digest → path here. */
  own?: ReadonlyMap<string, string>
  /** What apt installs besides. */
  others?: readonly { readonly name: string; readonly version: string }[]
  outcome: Outcome
}

/** How many of so many hosts may fail: a share as --max-fail has it, none unless given. */
export function mayFail(share: Conductor['maxFail'], total: number): number {
  if (share === undefined) return 0
  return typeof share === 'number' ? share : Math.floor((total * Number.parseInt(share, 10)) / 100)
}

/** Whether a host did not get where it was to get. */
export const hasFailed = ({ outcome }: Site): boolean =>
  !['done', 'same', 'planned', 'left-out'].includes(outcome.type)

/** How one names these hosts in a call: by the role they share, else each by its name. */
export function namesAsHosts(machines: readonly Machine[]): string {
  const [first, ...others] = machines
  const shared = first?.roles?.find((role) => others.every(({ roles = [] }) => roles.includes(role)))
  return shared === undefined ? `-H ${machines.map(({ name }) => name).join(',')}` : `-R ${shared}`
}

/** What is said of an error that concerns one host, whose name may stand before it already. */
export function whyOf(error: unknown, name: string): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text
}
