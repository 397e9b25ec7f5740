import { TaskError } from '../shell/index.ts'
import { matters, type Status } from './status.ts'

/** Some host could not be asked; what the others said is in `found`. */
class NotAllReached extends TaskError {
  override readonly code = 'hosts-unreachable'
}

/**
 * Makes a failure of what is not as it should be: hosts that could not be asked, unless they may be skipped; and, where it
 * is asked strictly, every difference. Throws a TaskError that carries the whole answer.
 */
export function refuseOddStatus(
  found: Status,
  { skipBadHosts, strict }: { readonly skipBadHosts: boolean; readonly strict: boolean },
): void {
  const { hosts } = found
  const unasked = hosts.filter(({ error }) => error !== undefined).map(({ host }) => host)
  if (unasked.length > 0 && !skipBadHosts)
    throw new NotAllReached(
      `${unasked.length} of ${hosts.length} hosts could not be asked: ${unasked.join(', ')}`,
      {
        found,
        answered: true,
        hint: `leave them out:  -x ${unasked.join(',')}  or  --skip-bad-hosts`,
      },
    )
  const odd = hosts.filter(({ drift }) => drift.some(matters)).map(({ host }) => host)
  if (strict && odd.length > 0)
    throw new TaskError(
      `${odd.length} of ${hosts.length} hosts are not as they were deployed: ${odd.join(', ')}`,
      {
        found,
        answered: true,
      },
    )
}
