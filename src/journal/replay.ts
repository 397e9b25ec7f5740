import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as pause } from 'node:timers/promises'
import { EVENTS_VERSION, type Place, type RunEvent } from '../run/index.ts'
import { type Entry, placeOf } from './entry.ts'
import { endOf, logPieces } from './host-log.ts'
import { entriesOf } from './past.ts'
import { logName } from './place.ts'

const CHUNK = 64 * 1024

/**
 * The events of a run once more, with what its hosts printed put back where their commands ended. Whether it was stdout
 * or stderr is not recorded: all of it comes as stdout. Of a run that was taken up again, the attempts follow each other;
 * what was printed twice comes once.
 */
export function* replay(folder: string): Generator<RunEvent> {
  const cuts = cutsOf(folder)
  const told = new Map<string, number>()
  /** The command begun last on each host: what is printed and belongs to none is told as its. */
  const last = new Map<string, Command>()
  let attempt = 0
  for (const entry of entriesOf(folder)) {
    if (entry.type === 'taken-up') {
      attempt++
      continue
    }
    if (entry.type === 'command-started') last.set(placeOf(entry), entry)
    if (entry.type === 'command-ended') yield* printed(entry, entry.log ?? 0)
    if (entry.type === 'step-ended') {
      const command = last.get(entry.host)
      if (command !== undefined) yield* printed({ ...command, time: entry.time }, entry.log ?? 0)
    }
    yield plain(entry)
  }
  // Whoever was interrupted, or is not done yet, may have printed more than was told of it.
  for (const command of last.values()) yield* printed(command, Number.POSITIVE_INFINITY)

  function* printed({ host, step, on, command, time }: Command, position: number): Generator<RunEvent> {
    const place = on ?? host
    const from = told.get(place) ?? 0
    const to = Math.min(position, limit(cuts, attempt, place))
    if (to <= from) return
    told.set(place, to)
    const where = { host, step, ...(on === undefined ? {} : { on }) }
    for (const text of textOf(folder, place, from, to))
      yield { v: EVENTS_VERSION, time, type: 'output', ...where, command, stream: 'stdout', text }
  }
}

interface Command extends Place {
  readonly command: number
  readonly time: string
}

/** What a host printed, as it is recorded, with a line where the middle was left out. */
export function* logOf(folder: string, host: string): Generator<string> {
  yield* textOf(folder, host, 0, Number.POSITIVE_INFINITY)
}

/** The same as it comes, until the run is over: what there is, and five times a second what there is more. */
export async function* followLog(
  folder: string,
  host: string,
  isOver: () => boolean,
): AsyncGenerator<string> {
  for (let at = 0; ; await pause(200)) {
    const wasOver = isOver()
    const end = endOf(logPieces(join(folder, logName(host))))
    yield* textOf(folder, host, at, end)
    // A run that is taken up again goes back to where the interrupted command began.
    at = end
    if (wasOver) return
  }
}

/** Bytes `from` to `to` of what a host printed. */
function* textOf(folder: string, host: string, from: number, to: number): Generator<string> {
  let at = from
  for (const piece of logPieces(join(folder, logName(host)))) {
    const end = Math.min(piece.from + piece.bytes, to)
    if (end <= at || piece.from >= to) continue
    if (piece.from > at) yield `\n[${piece.from - at} bytes are left out here: log_limit]\n`
    yield* textIn(piece.path, Math.max(at, piece.from) - piece.from, end - piece.from)
    at = end
  }
}

function* textIn(path: string, from: number, to: number): Generator<string> {
  const decoder = new StringDecoder('utf8')
  const file = openSync(path, 'r')
  try {
    for (let at = from; at < to; ) {
      const chunk = Buffer.alloc(Math.min(CHUNK, to - at))
      const length = readSync(file, chunk, 0, chunk.length, at)
      if (length === 0) break
      at += length
      yield decoder.write(chunk.subarray(0, length))
    }
    const rest = decoder.end()
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}

/** Where the logs were cut before each attempt but the first. */
function cutsOf(folder: string): readonly Readonly<Record<string, number>>[] {
  const cuts: Readonly<Record<string, number>>[] = []
  for (const entry of entriesOf(folder)) if (entry.type === 'taken-up') cuts.push(entry.cut)
  return cuts
}

/** What an attempt printed from there on was told anew by a later one. */
const limit = (cuts: readonly Readonly<Record<string, number>>[], attempt: number, host: string): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...cuts.slice(attempt).flatMap((cut) => (Object.hasOwn(cut, host) ? [cut[host] ?? 0] : [])),
  )

function plain(entry: Exclude<Entry, { readonly type: 'taken-up' }>): RunEvent {
  const { log: _log, jobs: _jobs, ...event } = { log: undefined, jobs: undefined, ...entry }
  return event
}
