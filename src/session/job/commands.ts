import { randomBytes } from 'node:crypto'
import { type Command, join, render, script, sh, shellLine } from '../../shell/index.ts'
import { END_SESSION, readingOf } from '../lifeline.ts'
import { BEGIN, FINISH, FOLLOW, JOBS, LEAD, SWEEP } from './far-side.ts'
import type { JobName } from './name.ts'

/** One start of a job, so that two of one name are never taken for each other. */
export interface JobKey {
  readonly name: JobName
  /** Lower-case hex, made by whoever starts it. */
  readonly token: string
  /** The run that asks. */
  readonly run: string
}

/** A job that was started, as far as its host has said so. */
export interface StartedJob extends JobKey {
  /** The boot id of the machine when it was; absent where nobody knows whether the job was started. */
  readonly boot?: string | undefined
}

/** How many bytes of each stream of a job were heard already. */
export interface Heard {
  readonly stdout: number
  readonly stderr: number
}

/** A command that speaks on stderr, in lines that begin with its marker. */
export interface Speaking {
  readonly command: Command
  readonly marker: string
}

export const newToken = (): string => randomBytes(8).toString('hex')

/**
 * Starts a job, unless one of its name is there: a running one is joined, one of the same run that has ended is found,
 * unless it is `seen` (its token), any other one is replaced. Then follows it from its first byte to its end.
 *
 * @param fed whether the command's stdin is the job's; it is written down whole before the job starts
 */
export function startAndFollow(key: JobKey, body: Command, { fed, seen }: { fed: boolean; seen?: string }) {
  const { text, secrets } = render(body)
  const reads = [...secrets].map(([name, secret]) => readingOf(name, secret.reveal()))
  const lead = join([shellLine(`gachette_job=$1;${reads.join('')}`), LEAD, SWEEP], '\n')
  const piped = secrets.size === 0 ? sh`</dev/null ` : sh`printf '%s\n' ${[...secrets.values()]} | `
  return speaking(
    key,
    sh`
seen=${seen ?? ''}
${FOLLOW}
${BEGIN}
spawn() { ${piped}setsid -f /bin/sh -c ${textOf(lead)} /bin/sh "$dir" >/dev/null 2>&1 7>&-; }
make_jobs
new=$jobs/.$token.$$
# Who is cut off leaves nothing half done.
trap 'rm -rf -- "$new"' EXIT
trap 'exit 143' HUP TERM
mkdir -m 0700 -- "$new" "$new/said" 2>/dev/null || cannot make "$new"
fill() {
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s\n' "$token" "$run" "$boot" >"$new/about" && printf '%-60s\n' waiting >"$new/state" &&
    printf '%s\n' ${text} >"$new/script" && ${fed ? sh`cat` : sh`true`} >"$new/in" && true >"$new/said/out" && true >"$new/said/err"
}
fill 2>/dev/null || cannot write "$new"
begin 9>>"$new/lock"
trap - EXIT HUP TERM
pin "$its_token" || { say end replaced; exit 0; }
follow 0 0`,
  )
}

/** Follows a job that was started, behind what was heard of it. */
export const follow = (key: StartedJob, heard: Heard): Speaking =>
  speaking(key, sh`${FOLLOW}${there(key)}joining; follow ${heard.stdout} ${heard.stderr}`)

/** Ends a job, unless other runs have a say in it, and says the rest of what it printed. */
export const finish = (key: StartedJob, heard: Heard): Speaking =>
  speaking(key, sh`${FOLLOW}${FINISH}${there(key)}finish; follow ${heard.stdout} ${heard.stderr}`)

/** Ends the job of this name, whatever its token, unless other runs have a say in it; its output is not asked for. */
export const cancel = (key: JobKey): Speaking =>
  speaking(
    key,
    sh`${FOLLOW}${FINISH}
cd -- "$dir" 2>/dev/null && dir=. && about . || { say over; say end gone; exit 0; }
busy "$dir" || say over
finish
flock -s 8 8<>"$dir/lock"
how
say end "$how"`,
  )

/** Fails to go on where the job is no longer what it was. */
const there = ({ boot }: StartedJob): Command => sh`
read -r now </proc/sys/kernel/random/boot_id
its_token=
pin "$token" || {
  if [ -n "$its_token" ]; then say end replaced; else
    case ${boot ?? ''} in '' | "$now") say end gone ;; *) say end rebooted ;; esac
  fi
  exit 0
}
`

function speaking({ name, token, run }: JobKey, work: Command): Speaking {
  const marker = `gachette-${randomBytes(12).toString('hex')}`
  return {
    marker,
    command: script(sh`marker=${marker} job=${name} token=${token} run=${run}
end=${END_SESSION}
${JOBS}${work}`),
  }
}

/** Shell text of ours, which holds no secret, as one word. */
const textOf = (command: Command): string => command.parts.join('')
