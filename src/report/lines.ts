import { CiLog } from './ci.ts'
import { Folding } from './folding.ts'
import { Narrator } from './narrator.ts'
import { paint } from './paint.ts'
import { prefixOf } from './place-name.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { Sink } from './sink.ts'
import { StepLines } from './step-lines.ts'
import { Streamed } from './streamed.ts'

/** Lines with their host in front, as they come, or folded: for pipes, files and CI logs. */
export function linesReporter(options: ReporterOptions): Reporter {
  const { streams, onReaderGone, color, quiet = false, verbose = false, fold = false, rerun } = options
  const { ci, isSerial = false } = options
  const log = ci === undefined || quiet ? undefined : new CiLog(ci, isSerial && !fold)
  const look = paint(color)
  const kept = fold ? new StepLines(true) : undefined
  const narrator = new Narrator({
    paint: look,
    quiet,
    verbose,
    prefix: prefixOf,
    speech:
      kept === undefined ? new Streamed(look, prefixOf) : new Folding(kept, { paint: look, most: Infinity }),
    hasHeadings: !fold && log === undefined,
    ...(rerun === undefined ? {} : { rerun }),
  })
  const readerGone = () => {
    narrator.hush()
    onReaderGone?.()
  }
  const sinks = { stdout: new Sink(streams.stdout, readerGone), stderr: new Sink(streams.stderr) }
  return {
    on(event) {
      kept?.on(event)
      const said = narrator.tell(event)
      const slow = (log?.around(event, said) ?? said).map(({ to, text }) => sinks[to].write(text))
      if (event.type === 'step-ended') kept?.forget(event)
      return slow.find((written) => written !== undefined)
    },
    async end() {
      await Promise.all([sinks.stdout.flush(), sinks.stderr.flush()])
    },
    hold: () => () => undefined,
  }
}
