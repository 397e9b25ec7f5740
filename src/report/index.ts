import { answerReporter } from './answer.ts'
import { jsonReporter } from './json.ts'
import { linesReporter } from './lines.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'

export { type Ci, ciOf } from './ci.ts'
export { planText } from './plan-text.ts'
export type { Reporter, ReporterOptions, ReportStream, ReportStreams, Rerun } from './reporter.ts'

/** The reporter for a run; listr2 is imported only where a terminal is drawn on. */
export async function reporterFor(options: ReporterOptions): Promise<Reporter> {
  const { answer, json = false, quiet = false, isTTY } = options
  if (answer !== undefined) return answerReporter(options, answer)
  if (json) return jsonReporter(options)
  if (quiet || !isTTY) return linesReporter(options)
  const { terminalReporter } = await import('./terminal.ts')
  return terminalReporter(options)
}
