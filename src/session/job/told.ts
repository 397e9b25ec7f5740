/** What starting a job found: it was started now, one that runs was joined, or one of this run that has ended was found. */
export interface FoundJob {
  readonly how: 'started' | 'joined' | 'found'
  readonly token: string
  /** Of the machine, since it was switched on. */
  readonly boot: string
  /** The run that started it. */
  readonly run: string
  /** Its leading process, which is also its session; 0 where it is not known. */
  readonly pid: number
  /** ISO time of the host's clock, UTC; absent where it was started now. */
  readonly since?: string
}

/** How a job ended, or why nothing more can be heard of it. */
export type JobEnd =
  | { readonly type: 'exited'; readonly code: number }
  /** By this run; empty where that could not be written down. */
  | { readonly type: 'cancelled'; readonly by: string }
  /** Its leading shell was killed. */
  | { readonly type: 'killed' }
  | { readonly type: 'rebooted' }
  /** Whoever was about to start it was cut off. */
  | { readonly type: 'unstarted' }
  /** It was to be ended, and is not: it is another run's, or another run has joined it. */
  | { readonly type: 'left'; readonly pid: number }
  /** Its folder is no more, or is that of another start. */
  | { readonly type: 'gone' }
  | { readonly type: 'replaced' }
  /** Nothing could be started: a folder that cannot be made, a disk that is full. */
  | {
      readonly type: 'refused'
      readonly what: 'make' | 'write' | 'replace' | 'lock'
      readonly path: string
      readonly freeKiB: number | undefined
    }

/** A line of the far side, behind its marker; undefined for what is none of ours. */
export type Told =
  | { readonly found: FoundJob }
  /** What stands before was the login shell's; the job's own output follows. */
  | { readonly here: true }
  | { readonly end: JobEnd }
  | { readonly left: readonly number[] }
  /** What is to be ended was over already. */
  | { readonly wasOver: true }

/** Reads one line that the far side has told. */
export function parseTold(line: string, run: string): Told | undefined {
  const [who, verb = '', ...words] = line.split(' ')
  if (who === 'left') return { left: [verb, ...words].filter(Boolean).map(Number) }
  if (who !== 'job') return undefined
  if (verb === 'over') return { wasOver: true }
  if (verb === 'here') return { here: true }
  if (verb === 'end') {
    const end = parseEnd(words.join(' '))
    return end && { end }
  }
  if (verb === 'cannot') {
    const [what = '', free = '', ...path] = words
    if (what !== 'make' && what !== 'write' && what !== 'replace' && what !== 'lock') return undefined
    return {
      end: {
        type: 'refused',
        what,
        path: path.join(' '),
        freeKiB: /^\d+$/.test(free) ? Number(free) : undefined,
      },
    }
  }
  if (verb !== 'started' && verb !== 'joined' && verb !== 'found') return undefined
  const [token = '', boot = '', its = run, pid = '0', since] = words
  return {
    found: {
      how: verb,
      token,
      boot,
      run: its,
      pid: numberOf(pid),
      ...(since === undefined ? {} : { since }),
    },
  }
}

/** How a job ended, in the words of the far side: `exited 3`. */
export function parseEnd(words: string): JobEnd | undefined {
  const [type, value = ''] = words.split(' ')
  switch (type) {
    case 'exited':
      return /^\d+$/.test(value) ? { type, code: Number(value) } : undefined
    case 'cancelled':
      return { type, by: value }
    case 'left':
      return { type, pid: numberOf(value) }
    case 'killed':
    case 'rebooted':
    case 'unstarted':
    case 'gone':
    case 'replaced':
      return { type }
    default:
      return undefined
  }
}

const numberOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) : 0)
