import { CommanderError } from 'commander'
import type { Override } from '../config/index.ts'
import { UsageError } from '../shell/index.ts'
import { type Flags, makeProgram } from './flags.ts'
import { EXAMPLES, TASK_WORDS } from './manual.ts'

/** What the global flags said. */
export interface Globals {
  readonly list: boolean
  readonly help: boolean
  readonly version: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly fold: boolean
  readonly dryRun: boolean
  readonly plan: boolean
  /** How a command after `--` runs. */
  readonly sudo: boolean
  readonly pty: boolean
  readonly hosts: readonly string[]
  readonly roles: readonly string[]
  readonly exclude: readonly string[]
  readonly limit: readonly string[]
  /** Files that name hosts; `-` is stdin. */
  readonly hostsFrom: readonly string[]
  readonly configFile?: string
  /** The earlier run to go on with, or to repeat where it failed. */
  readonly resume?: string
  readonly failed?: string
  /** Settings the flags stand for, and those of `--set`. */
  readonly settings: readonly Override[]
}

/** A global flag, as the words after a task's name are searched for it. */
export interface GlobalFlag {
  readonly long: string
  readonly short?: string
  readonly takesValue: boolean
  /** The next word is its value if that is a number: `--canary 3`. */
  readonly mayTakeNumber?: boolean
  readonly summary: string
}

/** What the value of a flag names, for completion. */
export type ValueKind = 'hosts' | 'roles' | 'file' | 'setting' | 'run'

/** Undefined where nobody can say what it may be. */
export const valueKindOf = (long: string): ValueKind | undefined =>
  Object.hasOwn(VALUE_KINDS, long) ? VALUE_KINDS[long] : undefined

const VALUE_KINDS: Readonly<Record<string, ValueKind>> = {
  '--hosts': 'hosts',
  '--exclude': 'hosts',
  '--limit': 'hosts',
  '--gateway': 'hosts',
  '--role': 'roles',
  '--config': 'file',
  '--identity': 'file',
  '--hosts-from': 'file',
  '--set': 'setting',
  '--resume': 'run',
  '--failed': 'run',
}

/** The words before the first task, sorted into flags and the rest, which is not looked at. */
export function readGlobals(argv: readonly string[]): {
  readonly globals: Globals
  readonly words: readonly string[]
} {
  const program = makeProgram()
  try {
    program.parse(argv.map(withNumber), { from: 'user' })
  } catch (cause) {
    if (cause instanceof CommanderError) throw usageError(cause)
    throw cause
  }
  const { length } = program.args
  return { globals: globalsOf(program.opts<Flags>()), words: length === 0 ? [] : argv.slice(-length) }
}

/** Of `--canary deploy` the second word is a task: only a number is the value of a flag whose value may be left out. */
const withNumber = (word: string, at: number, words: readonly string[]): string =>
  word === '--canary' && !isNumber(words[at + 1]) ? '--canary=1' : word

/** Whether a word is the number of a flag that goes without one, too. */
export const isNumber = (word: string | undefined): boolean => /^\d+$/.test(word ?? '')

/** Every global flag, for the words after a task's name. */
export function globalFlags(): readonly GlobalFlag[] {
  return makeProgram().options.map(({ long, short, required, optional, description }) => ({
    long: long ?? '',
    ...(short === undefined ? {} : { short }),
    takesValue: required,
    mayTakeNumber: optional,
    summary: description,
  }))
}

/** What `gachette --help` prints, for a terminal of so many columns. */
export function programHelp(columns: number): string {
  return makeProgram()
    .configureHelp({ helpWidth: columns })
    .helpInformation()
    .concat(`\n${TASK_WORDS}\n\n${EXAMPLES}\n`)
}

function globalsOf(flags: Flags): Globals {
  return {
    list: flags.list ?? false,
    help: flags.help ?? false,
    version: flags.version ?? false,
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    fold: flags.fold ?? false,
    dryRun: flags.dryRun ?? false,
    plan: flags.plan ?? false,
    sudo: flags.sudo ?? flags.sudoUser !== undefined,
    pty: flags.pty ?? false,
    hosts: flags.hosts ?? [],
    roles: flags.role ?? [],
    exclude: flags.exclude ?? [],
    limit: flags.limit ?? [],
    hostsFrom: flags.hostsFrom ?? [],
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    ...(flags.resume === undefined ? {} : { resume: flags.resume }),
    ...(flags.failed === undefined ? {} : { failed: flags.failed }),
    settings: settingsOf(flags),
  }
}

/** What stands for a setting, in the order in which the later one wins. */
function settingsOf(flags: Flags): readonly Override[] {
  const { user, sudoUser, identity, gateway, parallel, pool, keepGoing } = flags
  const { batch, canary, maxFail, skipBadHosts } = flags
  const override = (key: string, value: Override['value'] | undefined, source: string) => {
    // Of an empty variable (`--max-fail "$MOST"`) the default would come back, unasked.
    if (value === '') throw new UsageError(`${source} needs a value, and got an empty one`)
    return value === undefined ? [] : [{ key, value, source }]
  }
  return [
    ...(flags.set ?? []),
    ...override('user', user, '--user'),
    ...override('sudo_user', sudoUser, '--sudo-user'),
    ...override('key_filename', identity, '--identity'),
    ...override('gateway', gateway, '--gateway'),
    ...override('parallel', parallel, '--parallel'),
    ...override('parallel', pool === undefined ? undefined : true, '--pool'),
    ...override('pool_size', pool, '--pool'),
    ...override('batch', batch, '--batch'),
    ...override('canary', canary, '--canary'),
    ...override('max_fail', maxFail, '--max-fail'),
    ...override('warn_only', keepGoing, '--keep-going'),
    ...override('skip_bad_hosts', skipBadHosts, '--skip-bad-hosts'),
  ]
}

/** commander's `error: unknown option '--hots'\n(Did you mean --hosts?)` and the like in our own style. */
function usageError({ message }: CommanderError): UsageError {
  const [what = '', meant] = message.replace(/^error: /, '').split('\n')
  const hint = meant?.replace(/^\((Did.*)\)$/, (_, said: string) => said.replace('Did', 'did'))
  return new UsageError(what.replace(/^option '(.+) <.*>' argument missing$/, '$1 needs a value'), {
    hint: hint ?? 'gachette --help shows the options',
  })
}
