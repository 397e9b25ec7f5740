import { findRun, labelOf, logOf, replay } from '../journal/index.ts'
import { reporterFor } from '../report/index.ts'
import type { RunWith } from './run.ts'
import { write } from './streams.ts'

/**
 * `gachette log RUN [HOST]`: a run told once more, as it was told then (with `--json`, its events); or what one host
 * printed, byte by byte.
 */
export async function log(
  { run, host }: Readonly<Record<string, unknown>>,
  { world, globals }: RunWith,
): Promise<number> {
  const known = findRun(world, String(run))
  const { stdout, stderr, env } = world
  if (host !== undefined) {
    for (const text of logOf(known.folder, labelOf(known, String(host)))) await write(stdout, text)
    return 0
  }
  let isHeard = true
  const isTTY = stdout.isTTY === true && env.TERM !== 'dumb'
  const reporter = await reporterFor({
    json: globals.json,
    quiet: globals.quiet,
    verbose: globals.verbose,
    isTTY: false,
    color: isTTY && !env.NO_COLOR,
    streams: { stdout, stderr },
    rerun: (name, how) => `gachette --${how} ${name}`,
    onReaderGone: () => {
      isHeard = false
    },
  })
  for (const event of replay(known.folder)) {
    if (!isHeard) break
    await reporter.on(event)
  }
  await reporter.end()
  return 0
}
