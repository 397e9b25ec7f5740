import { showHost } from '../inventory/index.ts'
import type { Plan, PlanStep } from '../run/index.ts'
import { scrubbed } from './withheld.ts'

/** A plan as it is written down: what would be done where, by the names people know. Arguments show secrets as `***`. */
export interface RecordedPlan {
  readonly hosts: readonly { readonly label: string; readonly host: string }[]
  readonly steps: readonly RecordedStep[]
}

export interface RecordedStep {
  readonly task: string
  readonly text: string
  readonly hosts: readonly string[]
  /** The hosts that it turns to itself. */
  readonly conducts?: readonly string[]
  /** Complete: with what settings and defaults supplied. */
  readonly args: Readonly<Record<string, unknown>>
}

/** @param masked takes known secrets out of a text */
export function recordPlan(
  { hosts, steps }: Pick<Plan, 'hosts' | 'steps'>,
  masked: (text: string) => string,
): RecordedPlan {
  const record = ({ invocation, hosts: on, conducted }: PlanStep): RecordedStep => ({
    task: invocation.name,
    text: masked(invocation.text),
    hosts: on.map(({ label }) => label),
    ...(conducted.length === 0 ? {} : { conducts: conducted.map(({ label }) => label) }),
    args: scrubbed(JSON.parse(JSON.stringify(invocation.args)) as RecordedStep['args'], masked),
  })
  return {
    hosts: hosts.map(({ label, host }) => ({ label, host: showHost(host) })),
    steps: steps.map(record),
  }
}

/** The plan without the hosts that are not named; a step that is left without any goes. */
export function narrow<P extends Pick<Plan, 'hosts' | 'steps'>>(plan: P, labels: readonly string[]): P {
  const kept = new Set(labels)
  const isKept = ({ label }: { readonly label: string }) => kept.has(label)
  const steps = plan.steps
    .map((step) => ({ ...step, hosts: step.hosts.filter(isKept) }))
    .filter(({ hosts }) => hosts.length > 0)
  const left = new Set(steps.flatMap(({ hosts, conducted }) => [...hosts, ...conducted]))
  return { ...plan, steps, hosts: plan.hosts.filter((host) => left.has(host)) }
}

/** What is different between a plan of then and one of now, one line each; none: the same comes out. */
export function differences(then: RecordedPlan, now: RecordedPlan): readonly string[] {
  if (then.steps.length !== now.steps.length)
    return [was('the tasks', textsOf(then).join('; '), textsOf(now).join('; '))]
  const addresses = (plan: RecordedPlan) => new Map(plan.hosts.map(({ label, host }) => [label, host]))
  const [before, after] = [addresses(then), addresses(now)]
  const moved = [...before].flatMap(([label, host]) => {
    const there = after.get(label)
    return there === undefined || there === host ? [] : [was(label, host, there)]
  })
  return [...moved, ...then.steps.flatMap((step, at) => stepDifferences(step, now.steps[at]))]
}

function stepDifferences(then: RecordedStep, now: RecordedStep | undefined): readonly string[] {
  if (now === undefined || then.task !== now.task || then.text !== now.text)
    return [was('a task', then.text, now?.text ?? 'nothing')]
  const names = [...new Set([...Object.keys(then.args), ...Object.keys(now.args)])]
  const changed = names.flatMap((name) => {
    const [old, fresh] = [JSON.stringify(then.args[name]), JSON.stringify(now.args[name])]
    return old === fresh ? [] : [was(`${name} of ${then.task}`, old ?? 'not set', fresh ?? 'not set')]
  })
  const [before, after] = [then, now].map(({ hosts, conducts = [] }) => [...hosts, ...conducts].join(','))
  return before === after
    ? changed
    : [was(`the hosts of ${then.task}`, before ?? '', after ?? ''), ...changed]
}

const textsOf = ({ steps }: RecordedPlan): readonly string[] => steps.map(({ text }) => text)
const was = (what: string, then: string, now: string): string => `${what}: was ${then}, is now ${now}`
