import { foldNames } from '../inventory/index.ts'
import { findRun, followLog, type KnownRun, labelOf, logOf, replay, stateOf } from '../journal/index.ts'
import { reporterFor } from '../report/index.ts'
import { UsageError } from '../shell/index.ts'
import { lookOf } from './reporting.ts'
import type { RunWith } from './run.ts'
import { write } from './streams.ts'

/**
 * `gachette log RUN [HOST]`: a run told once more, as it was told then (with `--json`, its events); or what one host
 * printed, byte by byte; with `--follow` also what it prints yet.
 */
export async function log(
  { run, host, follow }: Readonly<Record<string, unknown>>,
  { world, globals }: RunWith,
): Promise<number> {
  const known = findRun(world, String(run))
  const { stdout } = world
  if (host !== undefined || follow === true) {
    for await (const text of textOf(known, host, follow === true)) {
      if (!stdout.writable) break
      await write(stdout, text)
    }
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

function textOf(known: KnownRun, host: unknown, isFollowed: boolean) {
  const { folder, record } = known
  const [only, ...others] = record.plan.hosts
  if (host === undefined && (only === undefined || others.length > 0))
    throw new UsageError('--follow shows what one host prints: name it', {
      hint: `its hosts: ${foldNames(record.plan.hosts.map(({ label }) => label))}`,
    })
  const label = host === undefined && only !== undefined ? only.label : labelOf(known, String(host))
  return isFollowed
    ? followLog(folder, label, () => stateOf(folder).type !== 'running')
    : logOf(folder, label)
}
