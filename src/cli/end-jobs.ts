import { parseHost } from '../inventory/index.ts'
import { type Journal, type KnownRun, type OpenJob, readPast, takeUpJournal } from '../journal/index.ts'
import { fateText, type OpenSession, type RunFact, type StepOutcome } from '../run/index.ts'
import { cancelJob, type JobCancelled } from '../session/job/index.ts'
import { thereAndThen } from './again.ts'
import { explain } from './explain.ts'
import { interrupts } from './interrupts.ts'
import type { RunWith } from './run.ts'
import { write } from './streams.ts'

/** Ends the jobs that a dead program has left, says what became of each, and writes down that the run was cancelled. */
export async function endJobs(
  { folder, record }: KnownRun,
  jobs: readonly OpenJob[],
  now: RunWith,
): Promise<number> {
  const { project, world, wiring } = await thereAndThen(record, now)
  const { settings, asking, inventory } = project
  const warn = (text: string) => void world.stderr.write(`warning: ${text}\n`)
  const { log_limit: mebibytes, runs_kept: kept } = settings.settings
  const past = readPast(folder)
  // Nothing is heard once more: the logs stay as they are.
  const journal = takeUpJournal(folder, { ...past, cut: {} }, { kept, limit: mebibytes * 1024 * 1024, warn })
  const { signal, release } = interrupts({ source: world.signals, endNow: world.endNow })
  const open = await wiring.connections({ settings, asking })
  const since = performance.now()
  try {
    const hosts = await inventory()
    const hostOf = (place: string) => {
      const host = record.plan.hosts.find(({ label }) => label === place)?.host ?? place
      return hosts.select({ hosts: [host], roles: [], exclude: [] })[0] ?? parseHost(host)
    }
    const ended = await Promise.all(
      jobs.map(async (job) => {
        const place = job.on ?? job.host
        const said = await endJob(open, job, { host: hostOf(place), run: record.run, signal, warn })
        if (said.isOver) journal.jobHasEnded(job)
        await write(said.isOver ? world.stdout : world.stderr, `${place}: ${said.text}\n`)
        return { job, ...said }
      }),
    )
    const tell = teller(journal)
    for (const [step, { hosts: on }] of record.plan.steps.entries())
      for (const host of on.filter((label) => isCancelled(label, step)))
        tell({
          type: 'step-ended',
          host,
          step,
          outcome: { type: 'cancelled', remote: fateOf(host, step) },
          ms: 0,
        })
    tell({ type: 'run-ended', exitCode: 130, ms: Math.round(performance.now() - since) })
    return ended.every(({ isOver }) => isOver) ? 0 : 1

    /** Steps that never ended, and those whose job has been ended now: of all others it is known how they ended. */
    function isCancelled(host: string, step: number): boolean {
      if (past.isOver({ host, step })) return false
      return (
        past.ended({ host, step }) === undefined || jobs.some((job) => job.host === host && job.step === step)
      )
    }

    function fateOf(host: string, step: number): (StepOutcome & { readonly type: 'cancelled' })['remote'] {
      const ours = ended.filter(({ job }) => job.host === host && job.step === step)
      if (ours.length === 0) return { type: 'idle' }
      return ours.every(({ isOver }) => isOver) ? { type: 'ended' } : { type: 'unknown' }
    }
  } finally {
    journal.close()
    release()
  }
}

type Wanted = { readonly run: string; readonly host: Parameters<OpenSession>[0] } & Pick<
  Parameters<OpenSession>[1],
  'signal' | 'warn'
>

async function endJob(
  open: OpenSession,
  { job }: OpenJob,
  { host, run, signal, warn }: Wanted,
): Promise<{ readonly isOver: boolean; readonly text: string }> {
  try {
    const session = await open(host, { dryRun: false, signal, warn, mask: () => {} })
    try {
      return said(job, await cancelJob(session, { job, run }, { signal }))
    } finally {
      await session.close()
    }
  } catch (error) {
    return { isOver: false, text: `the job ${job} was not cancelled\n${explain(error).trimEnd()}` }
  }
}

function said(job: string, became: JobCancelled): { readonly isOver: boolean; readonly text: string } {
  switch (became.type) {
    case 'over':
      return { isOver: true, text: `the job ${job} was over` }
    case 'left':
      return {
        isOver: true,
        text: `the job ${job} goes on: other runs have a part in it (pid ${became.pid})`,
      }
    case 'unknown':
      return { isOver: false, text: `what became of the job ${job} is not known (${became.outcome.type})` }
    case 'cancelled':
      return {
        isOver: became.remote.type === 'ended',
        text: `the job ${job} was cancelled; ${fateText(became.remote)}`,
      }
  }
}

const teller =
  (journal: Journal) =>
  (fact: RunFact): void =>
    journal.on({ v: 1, time: new Date().toISOString(), ...fact })
