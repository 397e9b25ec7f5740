import type { RunEvent } from '../run/events.ts'
import type { Ci } from './ci.ts'

/** Turns the events of a run into what a person or a program reads. */
export interface Reporter {
  /** Hears an event. A promise says that the reader is slow: wait for it before saying more of the same command. */
  on(event: RunEvent): void | Promise<void>
  /** Writes what is still to be said; resolves when it is written. */
  end(): void | Promise<void>
  /** Takes the live picture off the screen while a person is asked something; call the answer to put it back. */
  hold(): () => void
}

/** How a run is to be reported, as the command line decided. */
export interface ReporterOptions {
  /** One event per line on stdout. */
  readonly json?: boolean
  /**
   * For tasks that only answer (`show_config`, `stack show`): the text of a step's result for people. Results are then
   * all of stdout; with `json`, as one document.
   */
  readonly answer?: (result: unknown, step: number) => string
  /** Only what failed. */
  readonly quiet?: boolean
  /** Every command as it starts, whole; stack traces of faults. */
  readonly verbose?: boolean
  /** Also where nothing is drawn: what many hosts say is told once, when all have spoken. */
  readonly fold?: boolean
  /** The command that does again what failed of a run; none where it is not recorded. */
  readonly rerun?: Rerun
  /** The CI system that reads the lines. */
  readonly ci?: Ci
  /** Whether one host comes after the other; lines are then grouped host by host. */
  readonly isSerial?: boolean
  /** Whether stdout is a terminal that can be drawn on. */
  readonly isTTY: boolean
  readonly color: boolean
  readonly streams: ReportStreams
  /** Called once when the reader of stdout has gone away (`| head`); what is written after that goes nowhere. */
  readonly onReaderGone?: () => void
}

/**
 * The command that does again what failed of a run of this name: `failed`, on the hosts where something did; `resume`,
 * but for the steps that are done.
 */
export type Rerun = (run: string, how: 'failed' | 'resume') => string | undefined

export interface ReportStreams {
  readonly stdout: ReportStream
  readonly stderr: ReportStream
}

/** A stream to write to; on a terminal it knows its size, which may change at any time. */
export interface ReportStream extends NodeJS.WritableStream {
  readonly columns?: number
  readonly rows?: number
}
