import type { Paint } from './paint.ts'
import { secondsText } from './words.ts'

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped'

/** One step as the picture shows it. */
export interface StepView {
  readonly name: string
  readonly state: StepState
  /** Since it started, or from start to end; in milliseconds. */
  readonly ms: number
  /** The last lines it printed, three at most. */
  readonly lines: readonly string[]
}

export interface HostView {
  readonly name: string
  readonly steps: readonly StepView[]
}

export interface Room {
  readonly rows: number
  readonly columns: number
}

/**
 * The picture of a run: hosts × steps with their last lines, as much of it as there is room for. Where not every host
 * has a row, those that run come first, then those that failed, and a line counts the others.
 *
 * @param beat counts the pictures; it turns the spinner
 */
export function frame(hosts: readonly HostView[], room: Room, beat: number, paint: Paint): readonly string[] {
  const most = Math.max(1, room.rows - 2)
  const isWhole = hosts.length <= most
  const shown = isWhole ? hosts : mostUrgent(hosts, most - 1)
  const running = shown.filter((host) => stateOf(host) === 'running')
  const spare = isWhole ? most - shown.length : 0
  const each = running.length === 0 ? 0 : Math.min(3, Math.floor(spare / running.length))
  const width = Math.min(24, Math.max(...shown.map(({ name }) => name.length), 0))
  const draw = (host: HostView) => hostRows(host, { each, width, beat, columns: room.columns }, paint)
  return [
    ...shown.flatMap(draw),
    ...(isWhole ? [] : [fitted([[countText(hosts), 'strong']], room.columns, paint)]),
  ]
}

/** A host is what its running step is; else failed if one failed, done when all are, waiting otherwise. */
export function stateOf({ steps }: HostView): StepState {
  const has = (state: StepState) => steps.some((step) => step.state === state)
  if (has('running')) return 'running'
  if (has('failed')) return 'failed'
  return steps.every(({ state }) => state === 'done' || state === 'skipped') ? 'done' : 'waiting'
}

const LOOKS: Record<StepState, keyof Paint> = {
  waiting: 'faint',
  running: 'careful',
  done: 'good',
  failed: 'bad',
  skipped: 'faint',
}
const ICONS: Record<StepState, string> = { waiting: '○', running: '', done: '✔', failed: '✖', skipped: '–' }
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

type Piece = readonly [text: string, look?: keyof Paint]

function hostRows(
  host: HostView,
  drawn: { readonly each: number; readonly width: number; readonly beat: number; readonly columns: number },
  paint: Paint,
): readonly string[] {
  const { each, width, beat, columns } = drawn
  const icon = (state: StepState): Piece => [
    state === 'running' ? (SPINNER[beat % SPINNER.length] ?? '') : ICONS[state],
    LOOKS[state],
  ]
  const current = host.steps.find(({ state }) => state === 'running')
  const ms = host.steps.reduce((sum, step) => sum + step.ms, 0)
  const steps: readonly Piece[] = stepPieces(host, columns - width - 14, icon)
  const time: readonly Piece[] = ms > 0 ? [['  '], [secondsText(ms), 'faint']] : []
  const last = each === 0 ? current?.lines.at(-1) : undefined
  const tail: readonly Piece[] = last === undefined ? [] : [[`  ${last}`, 'faint']]
  const head = [icon(stateOf(host)), [` ${host.name.padEnd(width)}`], ...steps, ...time, ...tail] as const
  const below = each === 0 ? [] : (current?.lines.slice(-each) ?? [])
  return [
    fitted(head, columns, paint),
    ...below.map((line) => fitted([[`    ${line}`, 'faint']], columns, paint)),
  ]
}

/** All steps with their states where they fit, else the one that counts; a single step needs no name. */
function stepPieces(
  { steps }: HostView,
  columns: number,
  icon: (state: StepState) => Piece,
): readonly Piece[] {
  if (steps.length < 2) return []
  const width = steps.reduce((sum, { name }) => sum + name.length + 4, 0)
  if (width <= columns)
    return steps.flatMap(({ name, state }) => [['  '], icon(state), [` ${name}`]] as const)
  const begun = steps.findLastIndex(({ state }) => state !== 'waiting' && state !== 'skipped')
  const step = steps[Math.max(0, begun)]
  return step === undefined
    ? []
    : [['  '], icon(step.state), [` ${step.name} (${begun + 1}/${steps.length})`]]
}

const URGENCY: readonly StepState[] = ['running', 'failed', 'waiting', 'done', 'skipped']

function mostUrgent(hosts: readonly HostView[], count: number): readonly HostView[] {
  const byState = URGENCY.map((state) => hosts.filter((host) => stateOf(host) === state))
  return byState.flat().slice(0, Math.max(0, count))
}

function countText(hosts: readonly HostView[]): string {
  const count = (state: StepState) => hosts.filter((host) => stateOf(host) === state).length
  const words = URGENCY.map((state) => [count(state), state] as const).filter(([number]) => number > 0)
  return `${hosts.length} hosts: ${words.map(([number, state]) => `${number} ${state}`).join(', ')}`
}

/** Pieces as one line of at most so many characters, painted. */
function fitted(pieces: readonly Piece[], columns: number, paint: Paint): string {
  let left = columns
  let line = ''
  for (const [text, look] of pieces) {
    // Half of a character outside the 16-bit range is none.
    const part = text.slice(0, Math.max(0, left)).replace(/[\ud800-\udbff]$/, '')
    left -= text.length
    if (part !== '') line += look === undefined ? part : paint[look](part)
  }
  return line
}
