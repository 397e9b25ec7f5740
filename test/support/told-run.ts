import { type Reporter, type ReporterOptions, reporterFor } from '../../src/report/index.ts'
import { EVENTS_VERSION, type RunFact } from '../../src/run/index.ts'
import { FakeStream } from './fake-streams.ts'

/** Events for a reporter, told with one fixed time. */
export async function tell(reporter: Reporter, facts: readonly RunFact[]): Promise<void> {
  for (const fact of facts)
    await reporter.on({ v: EVENTS_VERSION, time: '2013-04-12T09:30:15.482Z', ...fact })
}

/** What a reporter makes of a run, stream by stream. */
export async function reported(
  facts: readonly RunFact[],
  options: Partial<ReporterOptions> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const streams = { stdout: new FakeStream(), stderr: new FakeStream() }
  const reporter = await reporterFor({ isTTY: false, color: false, streams, ...options })
  await tell(reporter, facts)
  await reporter.end()
  return { stdout: streams.stdout.text, stderr: streams.stderr.text }
}

export const started = (hosts: readonly string[], ...tasks: readonly string[]): RunFact => ({
  type: 'run-started',
  run: 'r1',
  dryRun: false,
  hosts,
  steps: tasks.map((task) => ({ task, text: `${task}:app` })),
})

export const output = (host: string, text: string, stream: 'stdout' | 'stderr' = 'stdout'): RunFact => ({
  type: 'output',
  host,
  step: 0,
  command: Number(host.replace(/\D/g, '')),
  stream,
  text,
})

export const ended: RunFact = { type: 'run-ended', exitCode: 0, ms: 1234 }
