import {
  differences,
  failedHosts,
  findRun,
  type KnownRun,
  narrow,
  type Past,
  type RunState,
  readPast,
  recordPlan,
  stateOf,
  stateText,
  withheldSetting,
} from '../journal/index.ts'
import type { Plan, RunRequest } from '../run/index.ts'
import { UsageError } from '../shell/index.ts'
import { openProject } from './project.ts'
import type { RunWith } from './run.ts'
import type { World } from './streams.ts'

/** How a run goes on with an earlier one: as the same run, as a new one with the rest of it, on the hosts that failed. */
export type How = 'attach' | 'resume' | 'failed'

/** An earlier run, and how it is gone on with. */
export interface Again {
  readonly how: How
  readonly known: KnownRun
  readonly past: Past
  /** The hosts it is limited to, by label; all of the recorded ones unless given. */
  readonly only?: readonly string[]
}

/** What somebody typed. */
export interface AgainWanted {
  readonly how: How
  readonly run: string
}

type Now = Pick<RunWith, 'globals' | 'world' | 'wiring'>

/** Goes on with an earlier run without being told what it was. */
export async function runAsRecorded(wanted: AgainWanted, now: Now): Promise<number> {
  const again = pastRun(now.world, wanted)
  const { request, using } = await asRecorded(again, now)
  const { run } = await import('./run.ts')
  return run(request, { ...using, again })
}

/** The earlier run somebody means, if it can be gone on with in this way. */
export function pastRun(world: World, { how, run }: AgainWanted): Again {
  const known = findRun(world, run)
  if (known.record.isScript)
    throw new UsageError(`the run ${known.record.run} was begun by a program, and no line does it again`, {
      hint: `start that program anew; gachette cancel ${known.record.run}  ends what it has left`,
    })
  const past = readPast(known.folder)
  refuse({ how, known, past }, stateOf(known.folder))
  const { plan, only } = known.record
  const failed = failedHosts(plan, past)
  if (how !== 'attach' && failed.length === 0)
    throw new UsageError(`in the run ${known.record.run} everything is done, on every host`)
  const limit = how === 'failed' ? failed : only
  return { how, known, past, ...(limit === undefined ? {} : { only: limit }) }
}

/** What is wanted as it was recorded, in the folder and with the settings file of then; flags of now are added. */
async function asRecorded(
  { how, known: { record } }: Again,
  now: Now,
): Promise<{ readonly request: RunRequest; readonly using: RunWith }> {
  const { request, withheld, run } = record
  if (withheld.length > 0)
    throw new UsageError(
      `the run ${run} was given ${withheld.join(' and ')}, which is secret and not recorded`,
      { hint: wayOut(how, run) },
    )
  const { hosts, roles, exclude, limit, hostsFrom } = now.globals
  if ([hosts, roles, exclude, limit, hostsFrom].some(({ length }) => length > 0))
    throw new UsageError('the hosts are those of the earlier run', {
      hint: 'leave -H, -R, -x, --limit and --hosts-from out',
    })
  const using = await thereAndThen(record, now)
  const { settings, dryRun } = using.globals
  return { request: { ...request, settings, dryRun }, using }
}

const wayOut = (how: How, run: string): string =>
  how === 'attach'
    ? `it cannot be taken up: end what it left with  gachette cancel ${run}\nthen type the line again, after  gachette --resume ${run}`
    : `type the line again, after  gachette --${how} ${run}`

/** The folder, the settings file and the settings of an earlier run, but for its secrets, with the flags of now. */
export async function thereAndThen(
  { request, cwd, withheld }: KnownRun['record'],
  { globals, world, wiring }: Now,
): Promise<RunWith> {
  const { configFile, hosts, roles, exclude } = request
  const now = {
    ...globals,
    ...{ hosts, roles, exclude },
    settings: [
      ...request.settings.filter(({ key }) => !withheld.includes(withheldSetting(key))),
      ...globals.settings,
    ],
    ...(configFile === undefined ? {} : { configFile }),
  }
  const there = { ...world, cwd }
  enter(world, cwd)
  return { project: await openProject(now, there, wiring), globals: now, world: there, wiring }
}

/** The part of a plan that is to be gone on with. Refuses where another plan comes out than was recorded. */
export function planAgain(plan: Plan, { known, only, how }: Again, masked: (text: string) => string): Plan {
  const { record } = known
  const same = record.only === undefined ? plan : narrow(plan, record.only)
  const changed = differences(record.plan, recordPlan(same, masked))
  if (changed.length > 0)
    throw new UsageError(`the plan of the run ${record.run} does not come out any more`, {
      hint: [...changed, `run the line anew:  gachette ${record.line}`].join('\n'),
    })
  return how === 'failed' && only !== undefined ? narrow(same, only) : same
}

function refuse({ how, known, past }: Again, state: RunState): void {
  const { run } = known.record
  if (state.type === 'running')
    throw new UsageError(`the run ${run} goes on: ${stateText(state)}`, {
      hint: state.isHere
        ? `gachette log ${run}  shows it, gachette cancel ${run}  ends it`
        : `if that machine is gone, remove owner.* from its folder`,
    })
  if (state.type === 'broken-off')
    throw new UsageError(`the run ${run} was not recorded to its end: what is done is not known`)
  const jobs = 'jobs' in state ? state.jobs : []
  const isOpen = state.type === 'interrupted' || jobs.some((job) => !past.isOver(job))
  if (how === 'attach' && !isOpen)
    throw new UsageError(`the run ${run} was not interrupted: ${stateText(state)}`, {
      ...(state.type === 'done' ? {} : { hint: `gachette --resume ${run}  runs what is not done` }),
    })
  if (how !== 'attach' && jobs.length > 0)
    throw new UsageError(`jobs of the run ${run} may still run`, {
      hint: `gachette attach ${run}  takes it up, gachette cancel ${run}  ends them`,
    })
}

/** Local paths of tasks are relative to the folder the run began in. */
function enter({ enter: go }: World, folder: string): void {
  try {
    go?.(folder)
  } catch (cause) {
    throw new UsageError(`${folder}, where the run began, cannot be entered`, { cause })
  }
}
