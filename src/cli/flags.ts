import { Command, Option } from 'commander'
import type { Override } from '../config/index.ts'
import { printable, UsageError } from '../shell/index.ts'

/** The global flags as they were given. */
export interface Flags {
  readonly list?: true
  readonly help?: true
  readonly version?: true
  readonly json?: true
  readonly quiet?: true
  readonly verbose?: true
  readonly fold?: true
  readonly dryRun?: true
  readonly plan?: true
  readonly sudo?: true
  readonly sudoUser?: string
  readonly pty?: true
  readonly keepGoing?: true
  readonly parallel?: true
  readonly pool?: string
  readonly batch?: string
  readonly canary?: string
  readonly maxFail?: string
  readonly skipBadHosts?: true
  readonly hosts?: readonly string[]
  readonly hostsFrom?: readonly string[]
  readonly role?: readonly string[]
  readonly exclude?: readonly string[]
  readonly limit?: readonly string[]
  readonly config?: string
  readonly resume?: string
  readonly failed?: string
  readonly user?: string
  readonly identity?: readonly string[]
  readonly gateway?: string
  readonly set?: readonly Override[]
}

/** Every global flag, by subject, with what `--help` says of it. */
export function makeProgram(): Command {
  const several = (value: string, before: readonly string[] = []) => [...before, value]
  const program = new Command('gachette')
    .usage('[options] TASK [ARGUMENTS]')
    .description(
      'Runs tasks on hosts over SSH; builds Debian packages of a git ref and pins them in a stack.',
    )
    .argument('[words...]')
    .passThroughOptions()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .configureHelp({ visibleArguments: () => [] })
  const add = (group: string, ...options: readonly Option[]) => {
    for (const option of options) program.addOption(option.helpGroup(group))
  }
  add(
    'Where:',
    new Option(
      '-H, --hosts <hosts>',
      'hosts: user@web1:22, web[01-20], web*, @role; , and ! not & only',
    ).argParser(several),
    new Option('--hosts-from <file>', 'hosts that a file names, line by line; - is stdin').argParser(several),
    new Option('-R, --role <roles>', 'the hosts of these roles').argParser(several),
    new Option('-x, --exclude <hosts>', 'but not these').argParser(several),
    new Option('--limit <hosts>', 'of all that only these').argParser(several),
    new Option('-u, --user <name>', 'user to log in as'),
    new Option('-i, --identity <file>', 'private key to log in with').argParser(several),
    new Option('-g, --gateway <host>', 'jump host in front of every host'),
  )
  add(
    'How:',
    new Option('-c, --config <file>', 'settings of this file, instead of searching for .gachetterc'),
    new Option('--set <name=value>', 'one setting; wins over files and the environment').argParser(setting),
    new Option('--parallel', 'all hosts at once'),
    new Option('--pool <number>', 'so many hosts at once'),
    new Option('--batch <hosts>', 'all tasks on so many hosts (2, 25%), then on as many others'),
    new Option('--canary [hosts]', 'so many hosts (1) go first; the rest only if all went well'),
    new Option('--max-fail <hosts>', 'stop when more hosts (3, 10%) than that have failed'),
    new Option('--keep-going', 'a failed host goes on with its next task'),
    new Option('--skip-bad-hosts', 'unreachable hosts do not change the exit code'),
    new Option('--resume <run>', 'what is not done yet of an earlier run, as a new one'),
    new Option('--failed <run>', 'an earlier run once more, on the hosts where it failed'),
    new Option('--sudo', 'a command after -- has the rights of root'),
    new Option('--sudo-user <name>', 'whose rights, where sudo is used; a command after -- uses it'),
    new Option('--pty', 'a command after -- has a terminal there'),
    new Option('--plan', 'show which task would run on which host, in which order; connect to nothing'),
    new Option('--dry-run', 'say what would be run where; connect to nothing'),
  )
  add(
    'What is said:',
    new Option('-l, --list', 'the tasks there are'),
    new Option('--json', 'for programs: one document where a task only answers, else one event per line'),
    new Option('-q, --quiet', 'only what failed'),
    new Option('-v, --verbose', 'every command, whole'),
    new Option('--fold', 'what many hosts say alike once, when all have spoken; then how the others differ'),
    new Option('-V, --version', "this program's version"),
    new Option('-h, --help', 'this; after a task, help on the task'),
  )
  return program
}

function setting(typed: string, before: readonly Override[] = []): readonly Override[] {
  const equals = typed.indexOf('=')
  if (equals < 1)
    throw new UsageError(`--set ${printable(typed)}: a setting is given as NAME=VALUE`, {
      hint: 'such as  --set timeout=30',
    })
  return [...before, { key: typed.slice(0, equals), value: typed.slice(equals + 1), source: '--set' }]
}
