import type { Reporter, ReporterOptions } from './reporter.ts'

export type { Reporter, ReporterOptions, ReportStream, ReportStreams } from './reporter.ts'

/** The reporter for a run; what it does not need (listr2) is not imported. */
export async function reporterFor(_options: ReporterOptions): Promise<Reporter> {
  throw new Error('not built yet')
}
