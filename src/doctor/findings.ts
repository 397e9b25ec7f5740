import { quote } from '../shell/index.ts'
import type { FolderFacts, MachineFacts } from './facts.ts'

/** One thing that was looked at. `mend` is the line that mends it, for a shell of that machine unless it says otherwise. */
export interface Finding {
  readonly state: 'good' | 'odd' | 'missing'
  readonly text: string
  readonly mend?: string
}

/** What a machine is wanted for. */
export interface Purpose {
  /** Packages are built on it, and stacks kept. */
  readonly builds: boolean
  /** Stacks are deployed to it. */
  readonly takes?: boolean
  /** The trebuchet program it must have; undefined where it need not. */
  readonly trebuchet: string | undefined
}

/** How far a clock may be off, besides the time that asking took. */
const CLOCK_SECONDS = 5
const LITTLE_KIB = 1024 * 1024
const FEW_INODES = 10_000
/** Of these, four commands at a time are ours, and others may share the connection. */
const FEW_SESSIONS = 4

/** Each package of Debian that a program of the far side comes from. */
const PACKAGES: Readonly<Record<string, string>> = {
  setsid: 'util-linux',
  flock: 'util-linux',
  git: 'git',
  'dpkg-deb': 'dpkg',
  tar: 'tar',
  find: 'findutils',
  awk: 'mawk',
  sha256sum: 'coreutils',
  xz: 'xz-utils',
  'apt-get': 'apt',
  dpkg: 'dpkg',
  sudo: 'sudo',
}

const ALWAYS = ['setsid', 'flock', 'tar', 'sha256sum', 'find', 'awk']
const TO_BUILD = ['git', 'dpkg-deb']
const TO_TAKE = ['apt-get', 'dpkg']

/** What is of use, and why. */
const optional = ({ builds }: Purpose): Readonly<Record<string, string>> => ({
  sudo: 'tasks that use sudo need it',
  ...(builds && { xz: 'exports of stacks as apt repositories need it' }),
})

/** What must be there. */
const needed = ({ builds, takes }: Purpose): readonly string[] => [
  ...ALWAYS,
  ...(builds ? TO_BUILD : []),
  ...(takes ? TO_TAKE : []),
]

/** The programs a purpose asks about. */
export const programsFor = (purpose: Purpose): readonly string[] => [
  ...needed(purpose),
  ...(purpose.trebuchet === undefined ? [] : [purpose.trebuchet]),
  ...Object.keys(optional(purpose)),
]

/** What is good, odd or missing on a machine; `nowSeconds` is our clock, `askedSeconds` how long asking took. */
export function findingsOf(
  facts: MachineFacts,
  purpose: Purpose,
  our: { readonly nowSeconds: number; readonly askedSeconds: number },
): readonly Finding[] {
  return [
    ...programs(facts, purpose),
    ...(purpose.builds ? [venv(facts)] : []),
    ...facts.folders.flatMap((folder) => folderFindings(folder, facts)),
    clock(facts, our),
    ...sessions(facts),
    ...(facts.killsUserProcesses
      ? [
          {
            state: 'odd',
            text: 'processes end with the login that started them: builds do not outlive a lost connection',
            mend: asRoot(facts, 'loginctl enable-linger "$(id -un)"'),
          } as const,
        ]
      : []),
    ...(facts.hasProc
      ? []
      : [{ state: 'missing', text: '/proc is not mounted: commands cannot be watched over' } as const]),
  ]
}

function programs(facts: MachineFacts, purpose: Purpose): readonly Finding[] {
  const { trebuchet } = purpose
  const lacking = needed(purpose).filter((program) => !facts.programs.has(program))
  const packages = [...new Set(lacking.map((program) => PACKAGES[program] ?? program))]
  const found: Finding[] =
    lacking.length === 0
      ? [{ state: 'good', text: `has ${needed(purpose).join(', ')}` }]
      : [{ state: 'missing', text: `lacks ${lacking.join(', ')}`, mend: install(facts, packages) }]
  if (trebuchet !== undefined)
    found.push(
      facts.programs.has(trebuchet)
        ? { state: 'good', text: `has ${trebuchet}` }
        : {
            state: 'missing',
            text: `lacks ${trebuchet}, and the settings want it as the builder`,
            mend: 'install it there, or set  builder: missile  here',
          },
    )
  for (const [program, why] of Object.entries(optional(purpose)))
    if (!facts.programs.has(program))
      found.push({
        state: 'odd',
        text: `has no ${program}: ${why}`,
        // Who has no sudo cannot install it with sudo.
        mend: install(program === 'sudo' ? { ...facts, isRoot: true } : facts, [
          PACKAGES[program] ?? program,
        ]),
      })
  return found
}

const venv = (facts: MachineFacts): Finding =>
  facts.hasVenv
    ? { state: 'good', text: 'can make python environments' }
    : {
        state: 'odd',
        text: 'cannot make python environments: projects with a virtualenv need that',
        mend: install(facts, ['python3-venv']),
      }

function folderFindings(
  { path, state, freeKiB, freeInodes }: FolderFacts,
  facts: MachineFacts,
): readonly Finding[] {
  if (state === 'not writable')
    return [
      {
        state: 'missing',
        text: `${path} cannot be written`,
        mend: asRoot(facts, `install -d -o "$(id -un)" ${quote(path)}`),
      },
    ]
  const room = `${(freeKiB / 1024 / 1024).toFixed(1)} GiB free`
  const isFull = freeKiB < LITTLE_KIB || freeInodes < FEW_INODES
  const what = freeInodes < FEW_INODES ? `${room}, and only ${freeInodes} files more` : room
  return [
    { state: isFull ? 'odd' : 'good', text: `${path} ${state === 'writable' ? 'is there' : state}: ${what}` },
  ]
}

function clock(
  { clock: theirs }: MachineFacts,
  our: { readonly nowSeconds: number; readonly askedSeconds: number },
): Finding {
  const off = Math.round(theirs - our.nowSeconds)
  if (Math.abs(off) <= CLOCK_SECONDS + our.askedSeconds) return { state: 'good', text: 'its clock is right' }
  return {
    state: 'odd',
    text: `its clock is ${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'} ours`,
    mend: 'timedatectl set-ntp true',
  }
}

const sessions = ({ maxSessions }: MachineFacts): readonly Finding[] =>
  maxSessions === undefined || maxSessions > FEW_SESSIONS
    ? []
    : [
        {
          state: 'odd',
          text: `its sshd allows ${maxSessions} commands at once on a connection: more wait their turn`,
          mend: 'MaxSessions 10 in /etc/ssh/sshd_config',
        },
      ]

const install = (facts: MachineFacts, packages: readonly string[]): string =>
  asRoot(facts, `apt-get install ${packages.join(' ')}`)

const asRoot = ({ isRoot }: MachineFacts, line: string): string => (isRoot ? line : `sudo ${line}`)
