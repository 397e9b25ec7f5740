import { cleanLine } from './clean.ts'
import { Narrator } from './narrator.ts'
import { paint } from './paint.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { Sink } from './sink.ts'

/** Lines with their host in front, as they come: for pipes, files and CI logs. */
export function linesReporter(options: ReporterOptions): Reporter {
  const { streams, onReaderGone, color, quiet = false, verbose = false } = options
  const sinks = { stdout: new Sink(streams.stdout, onReaderGone), stderr: new Sink(streams.stderr) }
  const prefix = (host: string) => `[${cleanLine(host)}] `
  const narrator = new Narrator({ paint: paint(color), quiet, verbose, prefix })
  return {
    on(event) {
      const slow = narrator.tell(event).map(({ to, text }) => sinks[to].write(text))
      return slow.find((written) => written !== undefined)
    },
    async end() {
      await Promise.all([sinks.stdout.flush(), sinks.stderr.flush()])
    },
    hold: () => () => undefined,
  }
}
