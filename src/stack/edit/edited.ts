import { TaskError } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import { type Pin, parsePins } from '../manifest.ts'

/** What an edit of a stack's packages did. */
export interface Edited {
  readonly generation: string
  readonly digest: string
  /** Packages in the stack now. */
  readonly count: number
  /** False where everything was pinned already: the generation is the old one. */
  readonly changed: boolean
  /** Whether the build was known, and its registered packages were pinned instead of the given ones. */
  readonly known: boolean
  /** Those that the edit was about; one that was removed as it was pinned. */
  readonly packages: readonly (Pin & { readonly change: PinChange })[]
  readonly warnings: readonly string[]
}

/** What an edit changed of a package; `was` is the version that is pinned no more. */
export type PinChange =
  | { readonly type: 'added' }
  | { readonly type: 'same' }
  | { readonly type: 'replaced'; readonly was: string }
  | { readonly type: 'removed'; readonly was: string }

/** What an edit answers in a dry run. */
export const NOTHING_EDITED: Edited = {
  generation: '',
  digest: '',
  count: 0,
  changed: false,
  known: false,
  packages: [],
  warnings: [],
}

/** Reads what an edit of packages printed. */
export function parseEdited(stdout: string): Edited {
  const answer = parseAnswer(stdout)
  const [generation, digest, count, changed] = answer.first('generation') ?? []
  if (!generation || !digest) throw new TaskError('the store did not say which generation it made')
  const changes = new Map<string, PinChange>()
  for (const [name = ''] of answer.all('added')) changes.set(name, { type: 'added' })
  for (const type of ['replaced', 'removed'] as const)
    for (const [name = '', , was = ''] of answer.all(type)) changes.set(name, { type, was })
  return {
    generation,
    digest,
    count: Number(count),
    changed: changed === 'changed',
    known: answer.first('known') !== undefined,
    packages: parsePins(answer.json).map((pin) => ({
      ...pin,
      change: changes.get(pin.name) ?? { type: 'same' },
    })),
    warnings: warningsOf(stdout),
  }
}

/** What an edit wants people to know beside its result. */
export function warningsOf(stdout: string): readonly string[] {
  const answer = parseAnswer(stdout)
  return [
    ...answer
      .all('migrated')
      .map(([name]) => `stack ${name} was a plain folder; it is kept in .gachette/aside`),
    ...answer
      .all('kept-odd')
      .map(
        ([name, entry]) => `stack ${name}: packages/${entry} names no valid version; it is kept as it was`,
      ),
    ...answer
      .all('latest-kept')
      .map(() => 'stacks/latest is no link; it is kept as it is, and nothing moves it'),
    ...answer
      .all('nfs')
      .map(() => 'the store is on NFS: its locks hold only as far as the NFS server keeps them'),
    ...answer.all('unlogged').map(() => 'the edit is done, but its line could not be added to the log'),
    ...answer
      .all('suite-behind')
      .map(
        ([name, domain]) =>
          `apt's suite ${domain}/${name} shows the stack of before until it is exported:  gachette stack export ${name}`,
      ),
    ...answer.all('unsynced').map(() => 'the edit is done, but the disk did not confirm it'),
  ]
}
