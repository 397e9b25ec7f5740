import { printable, UsageError } from '../shell/index.ts'
import type { Globals } from './options.ts'
import type { World } from './streams.ts'

/** Answers what is to be printed. */
type OwnWord = (world: World, rest: readonly string[]) => Promise<string>

/** The words of the command line that are no tasks, and need neither settings nor tasks. */
const OWN: Readonly<Record<string, OwnWord>> = { init: begin, completion }

/** What a line that begins with one of our own words does; undefined for every other. */
export function ownWord([word = '', ...rest]: readonly string[]):
  | ((world: World) => Promise<string>)
  | undefined {
  const own = Object.hasOwn(OWN, word) ? OWN[word] : undefined
  return own === undefined ? undefined : (world) => own(world, rest)
}

/** `--help`, `help`, and help on what is no task. */
export function wantsProgramHelp({ help }: Globals, words: readonly string[]): boolean {
  const topic = words[0] === 'help' ? words.slice(1) : help ? words : undefined
  if (topic === undefined) return false
  return topic[0] === undefined || topic[0] === 'help' || Object.hasOwn(OWN, topic[0])
}

async function begin({ cwd }: World, [surplus]: readonly string[]): Promise<string> {
  if (surplus !== undefined)
    throw new UsageError(`init takes no arguments, and got ${printable(surplus)}`, {
      hint: 'it writes into the working directory',
    })
  const { init } = await import('./init.ts')
  return init(cwd)
}

async function completion(_: World, [shell = '', ...surplus]: readonly string[]): Promise<string> {
  const { completionScript, SHELLS } = await import('./complete/index.ts')
  const known = SHELLS.find((each) => each === shell)
  if (known !== undefined && surplus.length === 0) return completionScript(known)
  throw new UsageError(`completion takes the name of a shell: ${SHELLS.join(', ')}`, {
    hint: 'such as  source <(gachette completion bash)',
  })
}
