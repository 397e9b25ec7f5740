import { type CommandText, REQUEST_VERSION, type RunRequest } from '../run/request.ts'
import { printable, UsageError } from '../shell/index.ts'
import type { TaskDescription } from '../task/index.ts'
import { version } from '../version.ts'
import { commandText } from './command-task.ts'
import { exitCodeFor, explain } from './explain.ts'
import { listJson, listText } from './list.ts'
import { type Globals, globalFlags, programHelp, readGlobals } from './options.ts'
import { openProject, type Project, type Wiring } from './project.ts'
import { type World, write } from './streams.ts'
import { taskHelp } from './task-help.ts'
import { wiring as ours } from './wiring.ts'
import { readWords } from './words.ts'

/** The whole program: reads the command line, does what it says, answers the exit code. Nothing else prints. */
export async function main(argv: readonly string[], world: World, wiring: Wiring = ours): Promise<number> {
  try {
    return await obey(argv, world, wiring)
  } catch (error) {
    await write(world.stderr, explain(error))
    return exitCodeFor(error)
  }
}

async function obey(argv: readonly string[], world: World, wiring: Wiring): Promise<number> {
  if (argv[0] === '__complete') {
    const { completionAnswer } = await import('./complete/index.ts')
    return print(world, await completionAnswer(argv.slice(1), world, wiring))
  }
  const dashes = argv.indexOf('--')
  const head = dashes === -1 ? argv : argv.slice(0, dashes)
  const command = dashes === -1 ? undefined : commandText(argv.slice(dashes + 1))
  const { globals, words } = readGlobals(head)
  const isPlain = command === undefined && !globals.list
  if (globals.version) return print(world, `${version}\n`)
  if (isPlain && wantsProgramHelp(globals, words)) return print(world, programHelp(columnsOf(world)))
  if (isPlain && words[0] === 'init') return print(world, await begin(world, words))
  if (isPlain && words[0] === 'completion') return print(world, await completionFor(words))
  if (isPlain && words.length === 0) throw nothingToDo()

  const line = await readLine(
    { flags: head.slice(0, head.length - words.length), globals, words },
    world,
    wiring,
  )
  const { project } = line
  for (const warning of project.warnings) await write(world.stderr, `warning: ${warning}\n`)
  if (line.globals.list) {
    const { tasks } = await project.catalogue()
    return print(world, line.globals.json ? listJson(tasks) : listText(tasks))
  }
  if (line.helpOn !== undefined) return print(world, taskHelp(line.helpOn, project.settings))
  const { run } = await import('./run.ts')
  return run(requestOf(line, command), { project, globals: line.globals, world, wiring })
}

/** A command line that has been read, with the settings and tasks it was read by. */
interface Line {
  readonly calls: RunRequest['calls']
  readonly globals: Globals
  readonly project: Project
  readonly helpOn?: TaskDescription
}

interface Unread {
  readonly flags: readonly string[]
  readonly globals: Globals
  readonly words: readonly string[]
}

/** Reads the words after the global flags. Flags among them may change the settings, and with them the tasks there are. */
async function readLine({ flags, globals, words }: Unread, world: World, wiring: Wiring): Promise<Line> {
  const project = await openProject(globals, world, wiring)
  if (words.length === 0) return { globals, project, calls: [] }
  const isHelp = words[0] === 'help'
  const taskWords = isHelp ? words.slice(1) : words
  const readIn = async ({ catalogue }: Project) =>
    readWords(taskWords, { tasks: (await catalogue()).tasks, flags: globalFlags() })
  const read = await readIn(project)
  const now = read.flags.length === 0 ? globals : readGlobals([...flags, ...read.flags]).globals
  const again = sameSettings(now, globals) ? undefined : await openProject(now, world, wiring)
  const { calls, first } = again === undefined ? read : await readIn(again)
  const helpOn = isHelp || now.help ? { helpOn: first } : {}
  return { calls, ...helpOn, globals: now, project: again ?? project }
}

const sameSettings = (a: Globals, b: Globals): boolean =>
  a.configFile === b.configFile && JSON.stringify(a.settings) === JSON.stringify(b.settings)

function requestOf({ calls, globals }: Line, command: CommandText | undefined): RunRequest {
  const { hosts, roles, exclude, configFile, settings, dryRun } = globals
  return {
    v: REQUEST_VERSION,
    calls,
    ...(command === undefined ? {} : { command }),
    hosts,
    roles,
    exclude,
    ...(configFile === undefined ? {} : { configFile }),
    settings,
    dryRun,
  }
}

async function begin({ cwd }: World, [, surplus]: readonly string[]): Promise<string> {
  if (surplus !== undefined)
    throw new UsageError(`init takes no arguments, and got ${printable(surplus)}`, {
      hint: 'it writes into the working directory',
    })
  const { init } = await import('./init.ts')
  return init(cwd)
}

async function completionFor([, shell = '', ...surplus]: readonly string[]): Promise<string> {
  const { completionScript, SHELLS } = await import('./complete/index.ts')
  const known = SHELLS.find((each) => each === shell)
  if (known !== undefined && surplus.length === 0) return completionScript(known)
  throw new UsageError(`completion takes the name of a shell: ${SHELLS.join(', ')}`, {
    hint: 'such as  source <(gachette completion bash)',
  })
}

/** `--help`, `help`, and help on what is no task. */
const wantsProgramHelp = ({ help }: Globals, words: readonly string[]): boolean => {
  const topic = words[0] === 'help' ? words.slice(1) : help ? words : undefined
  return (
    topic !== undefined &&
    (topic[0] === undefined || topic[0] === 'init' || topic[0] === 'help' || topic[0] === 'completion')
  )
}

const nothingToDo = (): UsageError =>
  new UsageError('there is no task and no command', {
    hint: 'gachette -l lists the tasks\ngachette --help shows how to run them',
  })

async function print(world: World, text: string): Promise<0> {
  await write(world.stdout, text)
  return 0
}

const columnsOf = ({ stdout }: World): number => Math.min(stdout.columns ?? 100, 120)
