import { script, sh, TaskError } from '../../shell/index.ts'
import type { CommandOutcome, RemoteFate } from '../outcome.ts'
import type { ExecOptions, Session } from '../session.ts'
import { cancel } from './commands.ts'
import { JOBS } from './far-side.ts'
import { hear } from './hear.ts'
import { isJobName, type JobName, parseJobName } from './name.ts'
import { type JobEnd, parseEnd } from './told.ts'

/** A durable job of the user who logs in, as its host tells of it. */
export interface JobState {
  readonly name: JobName
  /** The run that started it. */
  readonly run: string
  /** ISO time of the host's clock, UTC. */
  readonly since: string
  readonly state: { readonly type: 'running'; readonly pid: number } | JobEnd
}

/** What became of a job that was to be cancelled. */
export type JobCancelled =
  /** It was over before, or is not there any more. */
  | { readonly type: 'over'; readonly end: JobEnd }
  | { readonly type: 'cancelled'; readonly remote: RemoteFate }
  /** It is another run's, or another run has joined it. */
  | { readonly type: 'left'; readonly pid: number }
  /** The host could not be asked to its end. */
  | { readonly type: 'unknown'; readonly outcome: CommandOutcome }

type Options = Pick<ExecOptions, 'signal'>

/** The jobs of the user who logs in: those that run, and the last that ended. Throws a TaskError. */
export const listJobs = (session: Session, options: Options = {}): Promise<readonly JobState[]> =>
  ask(session, '*', options)

/** One job; undefined where there is none of that name. Throws a TaskError. */
export const jobState = async (
  session: Session,
  name: string,
  options: Options = {},
): Promise<JobState | undefined> => (await ask(session, parseJobName(name), options))[0]

/** Ends a job that a run has started, with all its processes: TERM, a second's grace, KILL. */
export async function cancelJob(
  session: Session,
  { job, run }: { readonly job: string; readonly run: string },
  options: Options = {},
): Promise<JobCancelled> {
  const heard = { stdout: 0, stderr: 0 }
  const asked = cancel({ name: parseJobName(job), token: '', run })
  const { end, left, outcome, wasOver } = await hear(session, asked, { ...options, run, heard })
  if (end === undefined) return { type: 'unknown', outcome }
  if (end.type === 'left') return end
  if (wasOver) return { type: 'over', end }
  return { type: 'cancelled', remote: left.length > 0 ? { type: 'running', pids: left } : { type: 'ended' } }
}

async function ask(session: Session, which: JobName | '*', options: Options): Promise<readonly JobState[]> {
  const chunks: Uint8Array[] = []
  const onStdout = (chunk: Uint8Array) => void chunks.push(chunk)
  const list = script(sh`job=x marker=
${JOBS}
which=${which}
for each in "$jobs"/$which/; do
  job=\${each%/}
  job=\${job##*/}
  dir=$jobs/$job
  about "$dir" || continue
  if busy "$dir"; then state; how="running $value"; else how; fi
  printf '%s\t%s\t%s\t%s\n' "$job" "$its_run" "$(date -u -r "$dir/about" +%Y-%m-%dT%H:%M:%SZ)" "$how"
done`)
  const { outcome } = await session.exec(list, { ...options, onStdout })
  if (outcome.type !== 'exited' || outcome.code !== 0)
    throw new TaskError(`${session.host.name}: its durable jobs could not be listed (${outcome.type})`)
  return Buffer.concat(chunks)
    .toString()
    .split('\n')
    .flatMap((line) => parseJob(line) ?? [])
}

/** A line of the list; undefined for what is no job of ours. */
export function parseJob(line: string): JobState | undefined {
  const [name = '', run = '', since = '', how = ''] = line.split('\t')
  if (!isJobName(name)) return undefined
  const [word, pid = ''] = how.split(' ')
  const state = word === 'running' ? ({ type: 'running', pid: Number(pid) || 0 } as const) : parseEnd(how)
  return state && { name, run, since, state }
}
