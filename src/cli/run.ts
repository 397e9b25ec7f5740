import type { Readable } from 'node:stream'
import { type ReporterOptions, reporterFor } from '../report/index.ts'
import { execute, planRun, type RunRequest, runSettings } from '../run/index.ts'
import {
  bind,
  findTask,
  type Invocation,
  type SettingLookup,
  type Task,
  type TaskCall,
} from '../task/index.ts'
import { commandInvocation } from './command-task.ts'
import { hostsFor } from './hosts.ts'
import { interrupts } from './interrupts.ts'
import type { Globals } from './options.ts'
import type { Project, Wiring } from './project.ts'
import type { World } from './streams.ts'

export interface RunWith {
  readonly project: Project
  readonly globals: Globals
  readonly world: World
  readonly wiring: Wiring
}

/** Carries a request out: everything is checked before anything is connected. Answers the exit code. */
export async function run(request: RunRequest, using: RunWith): Promise<number> {
  const { project, world, wiring } = using
  const { settings } = project.settings
  const steps = await stepsOf(request, using)
  const { signal, stop, release } = interrupts({ source: world.signals, endNow: world.endNow })
  const reporter = await reporterFor({ ...reporting(using, steps), onReaderGone: stop })
  try {
    const openSession = await wiring.connections({
      settings: project.settings,
      world,
      hold: () => reporter.hold(),
    })
    const { exitCode } = await execute(planRun(steps), {
      openSession,
      setting: lookup(project),
      onEvent: (event) => reporter.on(event),
      signal,
      dryRun: request.dryRun,
      ...runSettings(settings),
    })
    return exitCode
  } finally {
    await reporter.end()
    release()
  }
}

interface Step {
  readonly invocation: Invocation
  readonly hosts: ReturnType<typeof hostsFor>
}

async function stepsOf(request: RunRequest, { project, globals, world }: RunWith): Promise<readonly Step[]> {
  const { settings } = project.settings
  const setting = lookup(project)
  const warn = (message: string) => void world.stderr.write(`warning: ${message}\n`)
  const steps: Step[] = []
  for (const call of request.calls) {
    const catalogue = await project.catalogue()
    const description = findTask(catalogue.tasks, call.task)
    if (description === undefined) throw new Error(`the request names a task that is not there: ${call.task}`)
    const task = await catalogue.load(description)
    const invocation = bind(description.name, task, hearingFlags(task, call, globals), {
      setting,
      cwd: world.cwd,
      warn,
    })
    steps.push({ invocation, hosts: hostsFor(invocation, request, settings) })
  }
  if (request.command !== undefined) {
    const hosts = hostsFor(commandInvocation(request.command), request, settings)
    steps.push({ invocation: commandInvocation(request.command, stdinFor(hosts.length, world)), hosts })
  }
  return steps
}

/** `gachette --verbose version`: a task with a parameter named like the flag hears it, wherever it stands. */
function hearingFlags({ params }: Task, call: TaskCall, { verbose }: Globals): TaskCall {
  const hears = verbose && params.verbose?.type === 'boolean' && call.named.verbose === undefined
  return hears ? { ...call, named: { ...call.named, verbose: 'true' } } : call
}

/** With one host, what is piped into gachette is what the command reads. */
const stdinFor = (hosts: number, { stdin }: World): Readable | undefined =>
  hosts === 1 && stdin.isTTY !== true ? stdin : undefined

const lookup = ({ settings, configFile }: Project): SettingLookup =>
  Object.assign((name: string) => settings.get(name), { all: () => settings.origins(), configFile })

function reporting({ globals, world }: RunWith, steps: readonly Step[]): ReporterOptions {
  const { stdout, stderr, env } = world
  const isTTY = stdout.isTTY === true && env.TERM !== 'dumb'
  const { json, quiet, verbose, dryRun } = globals
  const onlyAnswers = steps.every(({ invocation }) => invocation.task.answer !== undefined)
  // In a dry run the answer of a host is assumed; what would be asked is worth more.
  const isAssumed = dryRun && steps.some(({ hosts }) => hosts.length > 0)
  return {
    json,
    quiet,
    verbose,
    isTTY,
    color: isTTY && !env.NO_COLOR,
    streams: { stdout, stderr },
    ...(onlyAnswers && !isAssumed ? { answer: (result, step) => textOf(steps[step], result) } : {}),
  }
}

/** The result is the task's own; no type can say so here. */
const textOf = (step: Step | undefined, result: unknown): string =>
  (step?.invocation.task as Task<never, unknown> | undefined)?.answer?.(result) ?? ''
