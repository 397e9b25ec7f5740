import { type Query, script, sh, TaskError } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import type { Holder } from './probe.ts'
import { base } from './shell/base.ts'
import { BACK_LINE } from './shell/engine.ts'

/** How a host's own job ended. */
export type JobEnd =
  /** It is at the generation it was to get to. */
  | {
      readonly type: 'done'
      readonly generation: number
      readonly kept: readonly string[]
      readonly active: readonly string[]
    }
  /** It failed, and the host is as it was before; `stays` could not be put back. */
  | {
      readonly type: 'back'
      readonly why: string
      readonly phase: string
      readonly stays: readonly string[]
      readonly log: readonly string[]
    }
  /** It failed, and so did the way back. */
  | { readonly type: 'stuck'; readonly why: string; readonly phase: string; readonly log: readonly string[] }
  /** Somebody else has changed the host since it was looked at: nothing was done. */
  | { readonly type: 'stale' }
  /** Another deployment runs there: nothing was done. */
  | { readonly type: 'held'; readonly by: Holder }
  /** Its shell was killed: whoever starts it again brings it to an end. */
  | { readonly type: 'killed' }

/**
 * Starts the job that was prepared, or brings one to an end that was killed, and waits for it. The job goes on without
 * us; a connection that is lost is made again.
 */
export async function runJob(remote: Remote, domain: string, id: string, isRoot: boolean): Promise<JobEnd> {
  const first = await started(remote, domain, id, isRoot)
  if (first.type !== 'killed') return first
  remote.warn(`${remote.host.name}: the job was killed there; it is brought to an end`)
  return started(remote, domain, id, isRoot)
}

async function started(remote: Remote, domain: string, id: string, isRoot: boolean): Promise<JobEnd> {
  if (!isRoot) {
    const begun = await remote.ask(startJob(domain, id), { sudo: true, title: 'start the installation' })
    if (begun !== undefined) return begun
  }
  // It may be asked however often, and killed: the job itself goes on without anybody.
  const retry = { times: 3, pauseMs: 300 }
  const waiting = { again: true, retry, timeoutMs: 0, title: 'wait for the installation' } as const
  const end = await remote.ask(waitForJob(domain, id, isRoot), waiting)
  if (isRoot || (end.type !== 'back' && end.type !== 'stuck')) return end
  return { ...end, log: await remote.ask(readLog(domain, id), { sudo: true }).catch(() => []) }
}

/** Starts a job; undefined: it runs, or has ended. */
export const startJob = (domain: string, id: string): Query<JobEnd | undefined> => ({
  command: script(sh`${base(domain)}
id=${id}
${START}`),
  parse: (stdout) => (stdout.trim() === '' ? undefined : parseEnd(stdout)),
  assumed: undefined,
})

/** Waits for a job to end, and starts it before that where whoever asks is root. */
export const waitForJob = (domain: string, id: string, starts: boolean): Query<JobEnd> => ({
  command: script(sh`${base(domain)}
id=${id}
${starts ? START : sh`job=$home/jobs/$id`}
${WAIT}`),
  parse: parseEnd,
  assumed: { type: 'done', generation: 0, kept: [], active: [] },
})

const readLog = (domain: string, id: string): Query<readonly string[]> => ({
  command: script(sh`${base(domain)}
job=$home/jobs/${id}
first_line "$job/state"
${LOG_END}`),
  parse: (stdout) => stdout.split('\n').filter(Boolean),
  assumed: [],
})

/** The job inherits both locks: the host's, and its own, which everybody may wait for. */
const START = sh`job=$home/jobs/$id
[ -f "$job/state" ] || { fact gone; exit 0; }
exec 9>>"$base/lock"
# Who has just begun has not said yet who it is; who has just ended, no longer.
if flock -n 9 || { ! first_line "$base/holder" && flock -w 30 9; }; then
  first_line "$job/state"
  case $line in
    prepared*) verb=run ;;
    running*) verb=recover ;;
    *) verb= ;;
  esac
  if [ -n "$verb" ]; then
    exec 8>>"$job/lock"
    flock 8
    setsid -f /bin/sh "$job/script" "$verb" </dev/null >/dev/null 2>&1
    exec 8>&-
  fi
elif first_line "$base/holder" && [ "\${line##*"$tab"}" != "$id" ]; then
  fact held "$line"
  exit 0
fi
exec 9>&-`

/** The end of the log; where it went back without trouble, of what went wrong before. */
const LOG_END = sh`awk -v back=${BACK_LINE} '$0 == back && state !~ /^stuck/ { exit } { print }' state="$line" "$job/log" | tail -n 12`

const WAIT = sh`{ flock -s 8; } 8<"$job/lock"
cat -- "$job/said"
first_line "$job/state"
fact state "\${line%% *}"
[ ! -r "$job/log" ] || ${LOG_END} | while IFS= read -r line; do fact log "$line"; done`

/** Reads what a job has told. Throws a TaskError where it told nothing. */
export function parseEnd(stdout: string): JobEnd {
  const facts = stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
  const all = (wanted: string) => facts.filter(([key]) => key === wanted).map(([, ...values]) => values)
  const first = (wanted: string) => all(wanted)[0]
  const firsts = (wanted: string) => all(wanted).map(([value = '']) => value)
  const held = first('held')
  if (held !== undefined) {
    const [stack = '', who = '', since = '', id = ''] = held
    return { type: 'held', by: { stack, who, since, id } }
  }
  if (first('gone') !== undefined)
    throw new TaskError('what was prepared on the host is gone', { hint: 'repeat' })
  const [state = ''] = all('state').at(-1) ?? []
  const [phase = '', why = ''] = all('failed').at(-1) ?? []
  switch (state) {
    case 'done':
      return {
        type: 'done',
        generation: Number(first('done')?.[0] ?? 0),
        kept: firsts('kept'),
        active: firsts('active'),
      }
    case 'back':
      return { type: 'back', why, phase, stays: firsts('stays'), log: firsts('log') }
    case 'stuck':
      return { type: 'stuck', why: first('stuck')?.[0] || why, phase, log: firsts('log') }
    case 'stale':
      return { type: 'stale' }
    case 'running':
    case 'prepared':
      return { type: 'killed' }
    default:
      throw new TaskError('the host did not say what became of the installation')
  }
}
