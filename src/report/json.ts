import { eventLine } from '../run/index.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { Sink } from './sink.ts'
import { warningOf } from './warning.ts'

/** One event per line on stdout, and nothing else there; warnings on stderr as well. */
export function jsonReporter({ streams, onReaderGone }: ReporterOptions): Reporter {
  const stdout = new Sink(streams.stdout, onReaderGone)
  const stderr = new Sink(streams.stderr)
  return {
    on(event) {
      const warning = warningOf(event)
      if (warning !== undefined) stderr.write(`${warning}\n`)
      return stdout.write(`${eventLine(event)}\n`)
    },
    async end() {
      await Promise.all([stdout.flush(), stderr.flush()])
    },
    hold: () => () => undefined,
  }
}
