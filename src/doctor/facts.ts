import { type Query, script, sh, TaskError } from '../shell/index.ts'

/** What a machine says of itself, in one round trip. */
export interface MachineFacts {
  /** Such as `Debian GNU/Linux 12 (bookworm)`; empty where nothing says so. */
  readonly system: string
  readonly isRoot: boolean
  /** Programs that were found, of those asked for. */
  readonly programs: ReadonlySet<string>
  /** Whether python3 can make virtual environments; false without python3. */
  readonly hasVenv: boolean
  /** Seconds since 1970, as that machine sees it. */
  readonly clock: number
  /** Of the folders asked for, in their order. */
  readonly folders: readonly FolderFacts[]
  /** Of its sshd; undefined where only root may know. */
  readonly maxSessions: number | undefined
  /** Whether processes end with the login that started them (systemd-logind's KillUserProcesses). */
  readonly killsUserProcesses: boolean
  readonly hasProc: boolean
}

export interface FolderFacts {
  readonly path: string
  readonly state: 'writable' | 'can be made' | 'not writable'
  readonly freeKiB: number
  readonly freeInodes: number
}

export interface Asked {
  readonly programs: readonly string[]
  readonly folders: readonly string[]
}

/** Asks a machine for its facts. */
export const machineFacts = ({ programs, folders }: Asked): Query<MachineFacts> => ({
  command: script(sh`
PATH=$PATH:/usr/sbin:/sbin
say() { printf '%s\t%s\n' "$1" "$2"; }
( . /etc/os-release; say system "$PRETTY_NAME" ) 2>/dev/null
say uid "$(id -u)"
for program in ${programs}; do command -v "$program" >/dev/null && say program "$program"; done
python3 -c 'import venv, ensurepip' 2>/dev/null && say venv yes
[ -r /proc/$$/stat ] && say proc yes
for folder in ${folders}; do
  at=$folder state=writable
  while [ ! -e "$at" ]; do at=\${at%/*} state='can be made'; at=\${at:-/}; done
  [ -d "$at" ] && [ -w "$at" ] && [ -x "$at" ] || state='not writable'
  printf 'folder\t%s\t%s\t%s\t%s\n' "$folder" "$state" "$(df -Pk -- "$at" | awk 'NR==2{print $4}')" "$(df -Pi -- "$at" | awk 'NR==2&&$2+0>0{print $4}')"
done
say sessions "$(sshd -T 2>/dev/null | awk '$1=="maxsessions"{print $2}')"
say kills "$(loginctl show -p KillUserProcesses --value 2>/dev/null)"
say clock "$(date +%s)"`),
  parse: parseFacts,
  assumed: {
    system: '',
    isRoot: false,
    programs: new Set(programs),
    hasVenv: true,
    clock: 0,
    folders: [],
    maxSessions: undefined,
    killsUserProcesses: false,
    hasProc: true,
  },
})

function parseFacts(stdout: string): MachineFacts {
  const lines = stdout.split('\n').map((line) => line.split('\t'))
  const all = (key: string) => lines.filter(([name]) => name === key).map(([, ...values]) => values)
  const one = (key: string) => all(key)[0]?.[0] ?? ''
  const clock = Number(one('clock'))
  if (!Number.isInteger(clock) || clock === 0)
    throw new TaskError('the machine did not say all that it was asked for')
  return {
    // Shown to people: a host's words give their terminal no orders.
    system: one('system').replace(/\p{C}+/gu, ' '),
    isRoot: one('uid') === '0',
    programs: new Set(all('program').flat()),
    hasVenv: one('venv') === 'yes',
    clock,
    folders: all('folder').map(([path = '', state = '', free = '', inodes = '']) => ({
      path,
      state: state === 'writable' || state === 'can be made' ? state : 'not writable',
      freeKiB: Number(free) || 0,
      // btrfs and the like have no fixed number of them; 0 left is as bad as it sounds.
      freeInodes: /^\d+$/.test(inodes) ? Number(inodes) : Number.POSITIVE_INFINITY,
    })),
    maxSessions: /^\d+$/.test(one('sessions')) ? Number(one('sessions')) : undefined,
    killsUserProcesses: one('kills') === 'yes',
    hasProc: one('proc') === 'yes',
  }
}
