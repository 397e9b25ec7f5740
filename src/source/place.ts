import { dirname } from 'node:path/posix'
import { type Command, sh } from '../shell/index.ts'
import { EXIT } from './exits.ts'
import { lockFunctions } from './lock.ts'
import { fetchSettings, mirrorFunctions } from './mirror.ts'
import type { Prepared } from './prepared.ts'
import type { ProjectName, WorkPath } from './project.ts'
import type { Credentials } from './repository.ts'
import { treeFunctions } from './tree.ts'

/** Seconds a run waits for others that use the same working copy or mirror: longer than any build. */
const LOCK_WAIT_SECONDS = 3600

/** Which working copy. */
export interface WorkingCopyPlace {
  readonly name: ProjectName
  readonly workPath: WorkPath
  /** Seconds to wait for other runs; an hour unless given. */
  readonly lockWaitSeconds?: number | undefined
}

/** The folder of a working copy. */
export const folderOf = ({ name, workPath }: WorkingCopyPlace): string => `${workPath}/working_copy/${name}`

/** The lock of a working copy; it lies beside it, because the folder itself may be made anew. */
export const lockOf = ({ name, workPath }: WorkingCopyPlace): string =>
  `${workPath}/working_copy/.${name}.lock`

/** A command that prints the commit (full hex) a prepared working copy is at, whatever the environment tells git. */
export const headOf = (dir: string): Command =>
  sh`{ read -r commit <${`${dir}/.git/HEAD`} && echo "$commit"; }`

/** Where a prepared working copy lies. */
export const placeOf = ({ project, dir }: Prepared): WorkingCopyPlace => ({
  name: project as ProjectName,
  workPath: dirname(dirname(dir)) as WorkPath,
})

/**
 * Takes a working copy's lock on descriptor 9, where it stays until the shell ends, and runs `body` with this room's
 * functions in a subshell: neither they nor its environment reach what follows. Exits as the body does.
 */
export function underLock(place: WorkingCopyPlace, body: Command, credentials?: Credentials): Command {
  return sh`umask 022
command -v git >/dev/null || exit ${EXIT.noGit}
gachette_work=${place.workPath}
[ -d "$gachette_work/working_copy" ] || mkdir -p -- "$gachette_work/working_copy" || exit ${EXIT.noFolder}
true >>${lockOf(place)} || exit ${EXIT.noFolder}
exec 9>>${lockOf(place)}
(
work=$gachette_work wc=${folderOf(place)} wc_lock=${lockOf(place)} wc_facts=${factsOf(place)} wc_modules=
lock_wait=${place.lockWaitSeconds ?? LOCK_WAIT_SECONDS}
${fetchSettings(credentials)}
${lockFunctions}
${mirrorFunctions}
${treeFunctions}
lock 9 "$wc_lock" ${`working copy of ${place.name}`}
${body}
) || exit`
}

/** Where `prepare` writes what it answered, for `build` alone. */
export const factsOf = ({ name, workPath }: WorkingCopyPlace): string =>
  `${workPath}/working_copy/.${name}.prepared`
