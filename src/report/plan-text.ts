import { foldNames, splitAtCommas } from '../inventory/index.ts'
import type { PlanDocument, PlannedBatch } from '../run/index.ts'
import { cleanLine } from './clean.ts'

/** So many batches of equal steps in a row are shown one by one; of more, the middle is one line. */
const MOST = 9
/** With less room than that for their names, hosts stand below their batch. */
const NARROWEST = 24

/**
 * A plan for people: its tasks by number, and a table of batches and tasks, top to bottom in the order in which it would be
 * carried out. Names of hosts are folded, and broken at `columns`.
 */
export function planText(plan: PlanDocument, columns: number): string {
  const { steps, batches } = plan
  const width = String(steps.length).length
  const numbers = steps.map((_, at) => String(at + 1).padStart(width))
  const tasks = steps.map(
    ({ text, once, groups }, at) =>
      `  ${numbers[at]}  ${cleanLine(text)}${groups ? `  (from here, on ${inTurn(groups)})` : once ? '  (here, once)' : ''}`,
  )
  const rows = rowsOf(batches)
  const labels = Math.max(...rows.map(({ label }) => label.length))
  const head = `  ${numbers.join(' ')}`
  const body = rows.flatMap(({ batch, label, hosts, done }) => {
    const mark = (step: number) => (done.includes(step) ? '-' : batch.steps.includes(step) ? 'x' : '.')
    const marks = steps.map((_, at) => mark(at).padStart(width)).join(' ')
    const before = `  ${marks}  ${labels === 0 ? '' : `${label.padEnd(labels)}  `}`
    return hanging(before, hosts.length === 0 ? ['(here)'] : splitAtCommas(foldNames(hosts)), columns)
  })
  return [summaryOf(plan), '', ...tasks, '', head, ...body, ''].join('\n')
}

const inTurn = (groups: readonly (readonly string[])[]): string =>
  groups.map((hosts) => foldNames(hosts)).join(', then on ')

interface Row {
  readonly batch: PlannedBatch
  readonly label: string
  readonly hosts: readonly string[]
  /** The steps that were done before on these hosts. */
  readonly done: readonly number[]
}

function rowsOf(batches: readonly PlannedBatch[]): readonly Row[] {
  const rows: Row[] = []
  for (let at = 0; at < batches.length; at++) {
    const batch = batches[at]
    if (batch === undefined) continue
    const alike = countAlike(batches, at)
    const isFolded = alike > MOST
    const last = isFolded ? at + alike - 1 : at
    const label = batches.length === 1 ? '' : labelOf(batch, at, last)
    if (isFolded) {
      const hosts = batches.slice(at, last + 1).flatMap((each) => each.hosts)
      rows.push({ batch, label, hosts, done: [] })
    } else rows.push(...rowsOfBatch(batch, label))
    at = last
  }
  return rows
}

/** One row, or one for all hosts that have the same behind them; none for those that have all of it behind them. */
function rowsOfBatch(batch: PlannedBatch, label: string): readonly Row[] {
  const doneOn = batch.done?.map(({ step, hosts }) => ({ step, hosts: new Set(hosts) })) ?? []
  const rows = new Map<string, Row & { readonly hosts: string[] }>()
  for (const host of batch.hosts.length === 0 ? [undefined] : batch.hosts) {
    const isDone = ({ hosts }: (typeof doneOn)[number]) => hosts.size === 0 || (host && hosts.has(host))
    const done = doneOn.filter(isDone).map(({ step }) => step)
    if (done.length === batch.steps.length) continue
    const key = done.join(' ')
    const row = rows.get(key) ?? { batch, label: rows.size === 0 ? label : '', hosts: [], done }
    if (host !== undefined) row.hosts.push(host)
    rows.set(key, row)
  }
  return [...rows.values()]
}

/** How many batches from here on do the same tasks on equally many hosts. */
function countAlike(batches: readonly PlannedBatch[], from: number): number {
  const [first, ...rest] = batches.slice(from)
  if (first?.done !== undefined) return 1
  const differs = rest.findIndex(
    ({ steps, hosts, canary, done }) =>
      canary !== first?.canary ||
      done !== undefined ||
      hosts.length !== first.hosts.length ||
      steps.join(' ') !== first.steps.join(' '),
  )
  return differs === -1 ? rest.length + 1 : differs + 1
}

function labelOf({ canary, hosts }: PlannedBatch, from: number, to: number): string {
  if (from === to) return `${from + 1}${canary ? ' canary' : ''}`
  return `${from + 1} to ${to + 1}, ${hosts.length} each`
}

/** A list behind what stands before it, or below that where there is no room; broken at its commas. */
function hanging(before: string, items: readonly string[], columns: number): readonly string[] {
  const isBelow = columns - before.length < NARROWEST
  const margin = ' '.repeat(isBelow ? 6 : before.length)
  const lines: string[] = []
  for (const [at, item] of items.entries()) {
    const text = cleanLine(item) + (at === items.length - 1 ? '' : ',')
    const last = lines.at(-1)
    if (last === undefined || margin.length + last.length + text.length > columns) lines.push(text)
    else lines[lines.length - 1] = last + text
  }
  if (isBelow) return [before.trimEnd(), ...lines.map((line) => margin + line)]
  return lines.map((line, at) => (at === 0 ? before : margin) + line)
}

function summaryOf({ hosts, batches, steps, hostsAtOnce, maxFail }: PlanDocument): string {
  const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  // Those that a task conducts from here are gone over as that likes.
  const own = new Set(batches.flatMap((each) => each.hosts)).size
  const canaries = batches.some(({ canary }) => canary)
  const sentence = [
    `${counted(steps.length, 'task')} on ${counted(hosts.length, 'host')}`,
    ...(batches.length > 1 ? [`in ${batches.length} batches`] : []),
    ...(own > 1 ? [hostsAtOnce > 1 ? `${hostsAtOnce} at once at most` : 'one after the other'] : []),
  ]
  return [
    sentence.join(', '),
    ...(canaries ? ['the others only if all goes well on the canary'] : []),
    ...(batches.some(({ done }) => done !== undefined)
      ? ['what is marked - was done before, and is not done again']
      : []),
    ...(maxFail === undefined ? [] : [`nothing new once more than ${failures(maxFail)} failed`]),
  ].join('\n')
}

const failures = (maxFail: NonNullable<PlanDocument['maxFail']>): string =>
  maxFail === 1 ? '1 host has' : typeof maxFail === 'number' ? `${maxFail} hosts have` : `${maxFail} have`
