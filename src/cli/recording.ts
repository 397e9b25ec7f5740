import { withoutCredentials } from '../config/index.ts'
import {
  beginJournal,
  type Journal,
  type Note,
  RECORD_VERSION,
  type RunRecord,
  recordPlan,
  withoutSecrets,
} from '../journal/writing.ts'
import { type Earlier, Masks, type Plan, type RunRequest, runId } from '../run/index.ts'
import { Secret } from '../shell/index.ts'
import { secretsOf } from '../task/index.ts'
import { version } from '../version.ts'
import type { Again } from './again.ts'
import { lineOf } from './line.ts'
import type { Project } from './project.ts'
import type { World } from './streams.ts'

/** A run that is about to begin. */
export interface Beginning {
  readonly request: RunRequest
  readonly plan: Plan
  readonly project: Project
  readonly world: World
  /** Where it goes on with an earlier run. */
  readonly again?: Again
  readonly warn: (message: string) => void
}

/** A run that is written down, or is not: `runs_kept: 0` and a dry run write nothing. */
export interface Recording {
  /** The name of the run, and what was done before it. */
  readonly options: { readonly run: string; readonly earlier?: Earlier }
  readonly journal?: Journal | undefined
}

/** Begins to record a run, or goes on with it. Refuses where another program has taken it up. */
export async function recording(beginning: Beginning): Promise<Recording> {
  const { project, request, again, world, warn } = beginning
  const { runs_kept: kept, log_limit: mebibytes } = project.settings.settings
  const keeping = { kept, limit: mebibytes * 1024 * 1024, warn }
  const begun = (run: string, notes: readonly Note[] = []) =>
    kept === 0 || request.dryRun
      ? undefined
      : beginJournal(world, recordOf(run, beginning), { ...keeping, notes })
  if (again === undefined || again.how === 'failed') {
    const run = runId()
    return { options: { run }, journal: begun(run) }
  }
  const { earlierOf, takeUpJournal } = await import('../journal/index.ts')
  const { how, past, known } = again
  const run = how === 'attach' ? known.record.run : runId()
  const journal = how === 'attach' ? takeUpJournal(known.folder, past, keeping) : begun(run, past.notes)
  return { options: { run, earlier: earlierOf(past, how) }, journal }
}

/** Takes what is secret in a run's settings and arguments, and the credentials of urls, out of a text. */
export function maskedFor(plan: Plan, { settings }: Project): (text: string) => string {
  const secrets = [...settings.origins()].flatMap(({ key }) => {
    const value = settings.get(key)
    return value instanceof Secret ? [value] : []
  })
  const masks = new Masks([...secrets, ...plan.steps.flatMap(({ invocation }) => secretsOf(invocation.args))])
  return (text) => withoutCredentials(masks.text(text))
}

function recordOf(run: string, { request, plan, project, world, again }: Beginning): RunRecord {
  const { settings } = project
  const masked = maskedFor(plan, project)
  const told = withoutSecrets(
    request,
    plan.steps.map(({ invocation }) => invocation),
    { masked, isSecret: (key) => settings.get(key) instanceof Secret },
  )
  const recorded = recordPlan(plan, masked)
  return {
    v: RECORD_VERSION,
    run,
    program: version,
    startedAt: new Date().toISOString(),
    line: lineOf(
      told.request,
      recorded.steps.map(({ text }) => text),
    ),
    ...told,
    plan: recorded,
    cwd: world.cwd,
    settingsFiles: settings.files,
    ...(again === undefined ? {} : relation(again)),
  }
}

function relation({ how, known, only }: Again): Pick<RunRecord, 'of' | 'only'> {
  return {
    ...(how === 'attach' ? {} : { of: { run: known.record.run, how } }),
    ...(only === undefined ? {} : { only }),
  }
}
