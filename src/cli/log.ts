import { findRun, labelOf, logOf, replay } from '../journal/index.ts'
import { reporterFor } from '../report/index.ts'
import { lookOf } from './reporting.ts'
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
  const { stdout } = world
  if (host !== undefined) {
    for (const text of logOf(known.folder, labelOf(known, String(host)))) await write(stdout, text)
    return 0
  }
  let isHeard = true
  const reporter = await reporterFor({
    ...lookOf(globals, world),
    // It is told at once: there is nothing to draw.
    isTTY: false,
    rerun: (name, how) => (known.record.isScript ? undefined : `gachette --${how} ${name}`),
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
