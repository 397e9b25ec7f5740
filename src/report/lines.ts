import { cleanLine } from './clean.ts'
import { Narrator } from './narrator.ts'
import { paint } from './paint.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { Sink } from './sink.ts'

/** Lines with their host in front, as they come: for pipes, files and CI logs. */
export function linesReporter(options: ReporterOptions): Reporter {
  const { streams, onReaderGone, color, quiet = false, verbose = false } = options
  const prefix = (host: string) => `[${cleanLine(host)}] `
  const narrator = new Narrator({ paint: paint(color), quiet, verbose, prefix })
  const readerGone = () => {
    narrator.hush()
    onReaderGone?.()
  }
  const sinks = { stdout: new Sink(streams.stdout, readerGone), stderr: new Sink(streams.stderr) }
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
