import { type CommandText, REQUEST_VERSION, type RunRequest } from '../run/request.ts'
import { UsageError } from '../shell/index.ts'
import type { TaskDescription } from '../task/index.ts'
import { version } from '../version.ts'
import type { AgainWanted } from './again.ts'
import { commandText } from './command-task.ts'
import { exitCodeFor, explain } from './explain.ts'
import { listJson, listText } from './list.ts'
import { type Globals, globalFlags, programHelp, readGlobals } from './options.ts'
import { ownWord, wantsProgramHelp } from './own-words.ts'
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
  const own = isPlain ? ownWord(words) : undefined
  if (own !== undefined) return print(world, await own(world))
  if (isPlain && words.length === 0) return runRecorded(globals, world, wiring)

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
  const using = { project, globals: line.globals, world, wiring }
  const { recordedWord } = await import('./recorded-words.ts')
  const word = recordedWord(line, using)
  if (word !== undefined && command === undefined) return word()
  const { run } = await import('./run.ts')
  const again = againIn(line.globals)
  const request = await requestOf(line, command, world)
  if (again === undefined) return run(request, using)
  const { pastRun } = await import('./again.ts')
  return run(request, { ...using, again: pastRun(world, again) })
}

/** `--resume RUN` and `--failed RUN` without a task: what to run is what was recorded. */
async function runRecorded(globals: Globals, world: World, wiring: Wiring): Promise<number> {
  const again = againIn(globals)
  if (again === undefined) throw nothingToDo()
  const { runAsRecorded } = await import('./again.ts')
  return runAsRecorded(again, { globals, world, wiring })
}

/** What `--resume` or `--failed` says; undefined where neither was given. */
function againIn({ resume, failed }: Globals): AgainWanted | undefined {
  if (resume !== undefined && failed !== undefined)
    throw new UsageError('--resume and --failed exclude each other', {
      hint: '--resume runs what is not done yet, --failed all of it once more on the hosts that failed',
    })
  if (resume !== undefined) return { how: 'resume', run: resume }
  return failed === undefined ? undefined : { how: 'failed', run: failed }
}

async function listedHosts({ hostsFrom: files }: Globals, world: World): Promise<readonly string[]> {
  const { hostsFrom } = await import('./hosts-from.ts')
  return hostsFrom(files, world)
}

/** A command line that has been read, with the settings and tasks it was read by. */
interface Line {
  readonly calls: RunRequest['calls']
  /** The task it begins with; undefined for a command alone. */
  readonly first?: TaskDescription
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
  return { calls, first, ...helpOn, globals: now, project: again ?? project }
}

const sameSettings = (a: Globals, b: Globals): boolean =>
  a.configFile === b.configFile && JSON.stringify(a.settings) === JSON.stringify(b.settings)

async function requestOf(
  { calls, globals }: Line,
  command: CommandText | undefined,
  world: World,
): Promise<RunRequest> {
  const { roles, exclude, limit, configFile, settings, dryRun, sudo, pty } = globals
  const listed = globals.hostsFrom.length === 0 ? [] : await listedHosts(globals, world)
  const rights = { ...(sudo && { sudo }), ...(pty && { pty }) }
  return {
    v: REQUEST_VERSION,
    calls,
    ...(command === undefined ? {} : { command: { ...command, ...rights } }),
    hosts: [...globals.hosts, ...listed],
    roles,
    exclude,
    ...(limit.length === 0 ? {} : { limit }),
    ...(configFile === undefined ? {} : { configFile }),
    settings,
    dryRun,
  }
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
