import { byNearness, type FailedCommand, type GachetteError, printable, TaskError } from '../shell/index.ts'

/**
 * Exit codes of the shell parts of this room, with what each means; above the codes of signals (128 and more), below
 * ssh's own 255, so that no program run by them is taken for one.
 */
export const EXIT = {
  lockedTooLong: 201,
  noFolder: 202,
  notFetched: 203,
  foreignOwner: 204,
  unknownRef: 205,
  ambiguousRef: 206,
  nothingPrepared: 207,
  notClean: 208,
  badSubmodule: 209,
  noGit: 210,
} as const

/** What a failure is told with: whose working copy, and what was asked for. */
export interface Subject {
  readonly project: string
  readonly dir: string
  /** Without credentials; absent where none was named. */
  readonly url?: string
  readonly ref?: string | undefined
}

/** The error for an exit code of this room's shell parts; undefined for any other, which is the program's own. */
export function sourceFailure(failure: FailedCommand, subject: Subject): GachetteError | undefined {
  const { project, dir, url, ref } = subject
  const output = lastLines(failure.stderr)
  switch (failure.exitCode) {
    case EXIT.lockedTooLong:
      return new TaskError(`${project}: another run has used its working copy or mirror for too long`, {
        hint: 'wait for that run, or end it; its process is named above',
        output,
      })
    case EXIT.noFolder:
      return new TaskError(`${project}: the folders for ${dir} cannot be made`, {
        hint: 'let the user who logs in own work_path, or set another work_path',
        output,
      })
    case EXIT.notFetched:
      return new TaskError(`${project}: ${url ?? 'its repository'} could not be fetched`, {
        hint: fetchHint(url ?? ''),
        output,
      })
    case EXIT.foreignOwner:
      return new TaskError(`${project}: ${dir} or its mirror belongs to another user of the host`, {
        hint: 'log in as that user, or move the folder away',
        output,
      })
    case EXIT.unknownRef:
      return unknownRef(subject, failure.stdout)
    case EXIT.ambiguousRef:
      return new TaskError(`${project}: more than one commit starts with ${ref}`, {
        hint: 'give more digits of it',
        output,
      })
    case EXIT.nothingPrepared:
      return new TaskError(`${project}: nothing is prepared in ${dir}`, {
        hint: `prepare it first: gachette prepare:${project}`,
      })
    case EXIT.notClean:
      return new TaskError(`${project}: ${dir} could not be brought to its commit`, {
        hint: 'files in it may belong to another user, or the disk may be full',
        output,
      })
    case EXIT.badSubmodule:
      return new TaskError(`${project}: a submodule cannot be checked out`, { output })
    case EXIT.noGit:
      return new TaskError(`${project}: git is not installed on the build machine`, {
        hint: 'apt-get install git',
      })
    default:
      return undefined
  }
}

function fetchHint(url: string): string {
  if (/^(?:\/|file:)/.test(url))
    return "is there a repository, and may the user who logs in read it? Another user's needs git's safe.directory"
  if (/^(?:https?|git):/.test(url))
    return 'is the url right, and may the build machine read it without a password?'
  return 'give the build machine a deploy key, or set forward_agent; its known_hosts must hold the git server'
}

/** `stdout` lists the branches and tags there are, one full name a line. */
function unknownRef({ project, url, ref }: Subject, stdout: string): TaskError {
  const there = `in ${url ?? 'the repository'}`
  const names = stdout.split('\n').flatMap((line) => /^refs\/(?:heads|tags)\/(.+)$/.exec(line)?.[1] ?? [])
  if (ref === undefined)
    return new TaskError(`${project}: there is no default branch ${there}`, {
      hint: names.length > 0 ? `its HEAD names no branch; name a ref: ${some(names)}` : 'it has no branches',
    })
  const near = nearest(ref.replace(/^origin\//, ''), names)
  return new TaskError(`${project}: there is no branch, tag or commit ${printable(ref)} ${there}`, {
    hint:
      near.length > 0
        ? `near: ${near.join(', ')}`
        : names.length > 0
          ? `it has ${some(names)}`
          : 'it has no branches',
  })
}

/** Five names at most. */
const some = (names: readonly string[]): string =>
  [...names.slice(0, 5), ...(names.length > 5 ? ['…'] : [])].join(', ')

/** The names that differ least, five at most; a name that holds the other counts as near. */
function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const folded = wanted.toLowerCase()
  const holds = (name: string) =>
    wanted.length > 2 && (name.toLowerCase().includes(folded) || folded.includes(name.toLowerCase()))
  return byNearness(wanted, names)
    .map(({ word, distance }) => ({ name: word, distance: holds(word) ? Math.min(distance, 1) : distance }))
    .filter(({ distance }) => distance <= Math.max(2, wanted.length / 3))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 5)
    .map(({ name }) => name)
}

const lastLines = (text: string): readonly string[] =>
  text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .slice(-10)
