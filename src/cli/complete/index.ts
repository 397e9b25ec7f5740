import { settingSummaries } from '../../config/index.ts'
import { listRuns, stateText } from '../../journal/index.ts'
import { globalFlags, readGlobals } from '../options.ts'
import { openProject, type Project, type Wiring } from '../project.ts'
import type { World } from '../streams.ts'
import { COMMAND_WORDS } from './command-words.ts'
import { type Completion, completionsOf, type Nameable } from './complete.ts'
import { knownHosts, knownRoles } from './hosts.ts'
import { namesInStore } from './store-names.ts'

export { completionScript, SHELLS, type Shell } from './scripts.ts'

/**
 * `gachette __complete WORD…`: what may stand in place of the last word, one answer per line, its summary after a tab;
 * `:files` where file names are meant. Nothing where the settings or the line are wrong: a Tab is no place for errors.
 */
export async function completionAnswer(
  words: readonly string[],
  world: World,
  wiring: Wiring,
): Promise<string> {
  try {
    const { globals } = readGlobals(flagsBefore(words))
    // Nobody can be asked anything while the shell waits for the answer.
    const quiet = { ...world, stdin: Object.assign(Object.create(world.stdin), { isTTY: false }) }
    return answerText(
      await completionsOf(words, await nameable(await openProject(globals, quiet, wiring), quiet, wiring)),
    )
  } catch {
    return ''
  }
}

async function nameable(project: Project, world: World, wiring: Wiring): Promise<Nameable> {
  const { settings } = project.settings
  return {
    tasks: (await project.catalogue()).tasks,
    flags: globalFlags(),
    commands: COMMAND_WORDS,
    settings: settingSummaries
      .filter(({ name }) => !name.includes('<'))
      .map(({ name, summary }) => ({ value: `${name}=`, summary })),
    hosts: () => knownHosts(settings),
    roles: () => knownRoles(settings),
    projects: () => Object.keys(settings.projects),
    stacks: () => namesInStore('stack_list', project, world, wiring),
    packages: () => namesInStore('stack_packages', project, world, wiring),
    runs: () =>
      listRuns(world, 20).map(({ run, line, state }) => ({
        value: run,
        summary: `${stateText(state)}: ${line}`,
      })),
  }
}

function answerText(found: Completion): string {
  if (found === 'files') return ':files\n'
  if (found === 'nothing') return ''
  return found.map(({ value, summary = '' }) => `${value}\t${summary.replace(/\s+/g, ' ')}\n`).join('')
}

/** What chooses the settings: `-c FILE` and the like, wherever they stand; the rest is no business of theirs. */
function flagsBefore(words: readonly string[]): readonly string[] {
  const flags = globalFlags()
  const chosen: string[] = []
  const rest = words.slice(0, -1)
  for (let at = 0; at < rest.length && rest[at] !== '--'; at++) {
    const word = rest[at] ?? ''
    const flag = flags.find(({ long, short }) => long === word || short === word)
    if (flag === undefined || !flag.takesValue) continue
    const value = rest[++at]
    if (value !== undefined && CHOOSES.includes(flag.long)) chosen.push(flag.long, value)
  }
  return chosen
}

const CHOOSES = ['--config', '--set', '--hosts', '--user', '--identity', '--gateway']
