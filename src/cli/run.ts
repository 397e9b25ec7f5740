import type { Readable } from 'node:stream'
import type { Journal } from '../journal/index.ts'
import { type Reporter, type Rerun, reporterFor } from '../report/index.ts'
import {
  EVENTS_VERSION,
  type ExecuteOptions,
  execute,
  hostsFor,
  type Plan,
  planRun,
  type RunRequest,
  runSettings,
} from '../run/index.ts'
import { findSecrets } from '../shell/index.ts'
import {
  bind,
  type Invocation,
  type SettingLookup,
  secretsOf,
  type Task,
  type TaskCall,
} from '../task/index.ts'
import type { Again } from './again.ts'
import { commandInvocation } from './command-task.ts'
import { hostsMeant } from './hosts.ts'
import { interrupts } from './interrupts.ts'
import { LastWords } from './last-words.ts'
import type { Globals } from './options.ts'
import type { Project, Wiring } from './project.ts'
import { reporting } from './reporting.ts'
import { terminalOf, type World } from './streams.ts'
import { taskNamed } from './words.ts'

export interface RunWith {
  readonly project: Project
  readonly globals: Globals
  readonly world: World
  readonly wiring: Wiring
  /** An earlier run that this one goes on with. */
  readonly again?: Again
}

/** Carries a request out: everything is checked before anything is connected. Answers the exit code. */
export async function run(request: RunRequest, using: RunWith): Promise<number> {
  const { project, world, wiring } = using
  const { settings } = project.settings
  const steps = await stepsOf(request, using)
  const plan = await planOf(steps, using)
  if (using.globals.plan) return (await import('./show-plan.ts')).showPlan(plan, using)
  // Who has to be asked is asked now, and what cannot be found is told before anything is connected.
  if (!request.dryRun) await findSecrets(plan.steps.flatMap(({ invocation }) => secretsOf(invocation.args)))
  const lastWords = new LastWords()
  let reporter: Reporter | undefined
  const endNow = (exitCode: 130) => {
    reporter?.hold()
    world.stderr.write(lastWords.text(journal !== undefined))
    world.endNow(exitCode)
  }
  const { signal, stop, release } = interrupts({ source: world.signals, endNow })
  const isSerial = runSettings(settings).hostsAtOnce === 1
  const told = reporting({ ...using, isSerial }, steps)
  let journal: Journal | undefined
  const rerun: Rerun = (run, how) => (journal === undefined ? undefined : `gachette --${how} ${run}`)
  const shown = await reporterFor({ ...told, rerun, onReaderGone: stop })
  reporter = shown
  const warn = (text: string) =>
    void shown.on({ v: EVENTS_VERSION, time: new Date().toISOString(), type: 'warning', text })
  try {
    const { asking } = project
    asking.hold = () => shown.hold()
    const openSession = await wiring.connections({ settings: project.settings, asking })
    // What only answers is not worth a line in the journal.
    const kept = told.answer === undefined ? await import('./recording.ts') : undefined
    const recording = await kept?.recording({ ...using, request, plan, warn })
    journal = recording?.journal
    const { exitCode } = await execute(plan, {
      openSession,
      setting: lookup(project, request),
      ...(await namingHosts(steps, project)),
      ...recording?.options,
      onEvent(event) {
        journal?.on(event)
        lastWords.on(event)
        return shown.on(event)
      },
      signal,
      dryRun: request.dryRun,
      prompt: asking.prompt,
      terminal: terminalOf(world),
      ...runSettings(settings),
    })
    return exitCode
  } finally {
    journal?.close()
    await shown.end()
    release()
  }
}

interface Step {
  readonly invocation: Invocation
  readonly hosts: Awaited<ReturnType<typeof hostsFor>>
}

async function planOf(steps: readonly Step[], { again, project }: RunWith): Promise<Plan> {
  const plan = planRun(steps)
  if (again === undefined) return plan
  const [{ planAgain }, { maskedFor }] = await Promise.all([import('./again.ts'), import('./recording.ts')])
  return planAgain(plan, again, maskedFor(plan, project))
}

async function stepsOf(request: RunRequest, { project, globals, world }: RunWith): Promise<readonly Step[]> {
  const setting = lookup(project, request)
  const warn = (message: string) => void world.stderr.write(`warning: ${message}\n`)
  const steps: Step[] = []
  for (const call of request.calls) {
    const catalogue = await project.catalogue()
    const description = taskNamed(catalogue.tasks, call.task)
    const task = await catalogue.load(description)
    const invocation = bind(description.name, task, hearingFlags(task, call, globals), {
      setting,
      cwd: world.cwd,
      warn,
    })
    steps.push({ invocation, hosts: await hostsFor(invocation, request, project) })
  }
  if (request.command !== undefined) {
    const hosts = await hostsFor(commandInvocation(request.command), request, project)
    steps.push({
      invocation: commandInvocation(request.command, stdinFor(hosts.length, world, globals)),
      hosts,
    })
  }
  return steps
}

/** `gachette --verbose version`: a task with a parameter named like the flag hears it, wherever it stands. */
function hearingFlags({ params }: Task, call: TaskCall, { verbose }: Globals): TaskCall {
  const hears = verbose && params.verbose?.type === 'boolean' && call.named.verbose === undefined
  return hears ? { ...call, named: { ...call.named, verbose: 'true' } } : call
}

/** With one host, what is piped into gachette is what the command reads. */
const stdinFor = (hosts: number, { stdin }: World, { hostsFrom }: Globals): Readable | undefined =>
  hosts === 1 && stdin.isTTY !== true && !hostsFrom.includes('-') ? stdin : undefined

function lookup(project: Project, request: RunRequest): SettingLookup {
  const { settings, configFile } = project
  return Object.assign((name: string) => settings.get(name), {
    all: () => settings.origins(),
    configFile,
    hosts: async (selection?: readonly string[]) => hostsMeant(await project.inventory(), request, selection),
  })
}

/** `on('db1')` in a task means the db1 of the inventory; a task without hosts does not have it asked for that. */
async function namingHosts(
  steps: readonly Step[],
  project: Project,
): Promise<Pick<ExecuteOptions, 'hostOf'>> {
  if (steps.every(({ hosts }) => hosts.length === 0)) return {}
  const inventory = await project.inventory()
  return { hostOf: (text) => inventory.host(text) }
}
