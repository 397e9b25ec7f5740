import type { Paint } from './paint.ts'
import { cutTo, padTo, widthOf } from './text-width.ts'
import { secondsText } from './words.ts'

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped'
/** A host is what its running step is; else failed if one failed, waiting while one does, done when all of them are. */
export type HostState = StepState

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
  readonly state: HostState
  readonly steps: readonly StepView[]
}

/** The hosts of a run, of which only those are looked at that are drawn: a picture costs its rows, not its hosts. */
export interface Hosts {
  readonly total: number
  readonly count: (state: HostState) => number
  /** The first so many of a state. */
  readonly first: (state: HostState, most: number) => readonly HostView[]
  /** All, in the order of the run. */
  readonly all: () => readonly HostView[]
}

export interface Room {
  readonly rows: number
  readonly columns: number
}

/**
 * The picture of a run: hosts × steps with their last lines, as much of it as there is room for. Where not every host
 * has a row, those that run are drawn, then those that failed, and a line counts all.
 *
 * @param beat counts the pictures; it turns the spinner
 */
export function frame(hosts: Hosts, room: Room, beat: number, paint: Paint): readonly string[] {
  const most = Math.max(1, room.rows - 2)
  const isWhole = hosts.total <= most
  const shown = isWhole ? hosts.all() : mostUrgent(hosts, most - 1)
  const running = shown.filter(({ state }) => state === 'running')
  const spare = most - shown.length - (isWhole ? 0 : 1)
  const each = running.length === 0 ? 0 : Math.min(3, Math.floor(spare / running.length))
  const width = Math.min(24, Math.max(...shown.map(({ name }) => widthOf(name)), 0))
  const draw = (host: HostView) => hostRows(host, { each, width, beat, columns: room.columns }, paint)
  return [
    ...shown.flatMap(draw),
    ...(isWhole ? [] : [fitted(countPieces(hosts, room.columns), room.columns, paint)]),
  ]
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
  const head = [icon(host.state), [` ${padTo(host.name, width)}`], ...steps, ...time, ...tail] as const
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
  const width = steps.reduce((sum, { name }) => sum + widthOf(name) + 4, 0)
  if (width <= columns)
    return steps.flatMap(({ name, state }) => [['  '], icon(state), [` ${name}`]] as const)
  const begun = steps.findLastIndex(({ state }) => state !== 'waiting' && state !== 'skipped')
  const step = steps[Math.max(0, begun)]
  return step === undefined
    ? []
    : [['  '], icon(step.state), [` ${step.name} (${Math.max(0, begun) + 1}/${steps.length})`]]
}

/** Running, then failed; those that wait or are done need no row to be understood. */
function mostUrgent(hosts: Hosts, most: number): readonly HostView[] {
  const running = hosts.first('running', most)
  return [...running, ...hosts.first('failed', most - running.length)]
}

const COUNTED: readonly HostState[] = ['done', 'running', 'failed', 'skipped', 'waiting']

/** `1000 hosts: 938 done · 50 running · 12 waiting`, without its beginning where that does not fit. */
function countPieces(hosts: Hosts, columns: number): readonly Piece[] {
  const counts = COUNTED.map((state) => [hosts.count(state), state] as const).filter(([count]) => count > 0)
  const pieces = counts.flatMap(([count, state], at): readonly Piece[] => [
    [at === 0 ? '' : ' · ', 'faint'],
    [`${count} ${state}`, LOOKS[state]],
  ])
  const head = `${hosts.total} hosts: `
  const width = pieces.reduce((sum, [text]) => sum + text.length, head.length)
  return width > columns ? pieces : [[head, 'strong'], ...pieces]
}

/** Pieces as one line of at most so many columns, painted. */
function fitted(pieces: readonly Piece[], columns: number, paint: Paint): string {
  let left = columns
  let line = ''
  for (const [text, look] of pieces) {
    const part = cutTo(text, left)
    left = part.length < text.length ? 0 : left - widthOf(part)
    if (part !== '') line += look === undefined ? part : paint[look](part)
  }
  return line
}
