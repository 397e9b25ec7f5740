import { type Query, script, sh, UsageError } from '../shell/index.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { base } from './shell/base.ts'
import { UNUSED_CONTENTS } from './shell/gc/contents.ts'
import { SURVEY } from './shell/gc/survey.ts'
import { SWEEP } from './shell/gc/sweep.ts'
import { WANTED } from './shell/gc/wanted.ts'
import { FINISH, LOCK } from './shell/lock.ts'
import { newEditId, type Store } from './store.ts'

/** What may go, and what only would. */
export interface GarbageOptions {
  /** Generations of each stack that stay beyond its current one; 10 unless given. */
  readonly keep?: number
  /** Days that something must be out of use; 1 unless given. */
  readonly olderThanDays?: number
  /** Builds older than so many days are forgotten, where no stack has any of their packages; none unless given. */
  readonly forgetBuildsDays?: number
  /** Only says what would go. */
  readonly rehearse?: boolean
}

/** What a thing is that goes: `deb` is a file of the pool, `leftover` what a killed edit or the first edit of 2013 left. */
export type GarbageKind = 'generation' | 'package' | 'deb' | 'pin' | 'export' | 'build' | 'leftover'

/** What is gone from the store, or would be. */
export interface Garbage {
  /** Whether it is still there, because somebody only asked. */
  readonly rehearsed: boolean
  /** In a dry run of the whole program no host is asked anything. */
  readonly unasked?: true
  /** What all of it holds. */
  readonly bytes: number
  /** `path` is relative to META. */
  readonly gone: readonly { readonly kind: GarbageKind; readonly path: string; readonly bytes: number }[]
}

const DAY_S = 86_400

/**
 * Takes away what no kept generation, no frozen stack, no channel, no host, no export that is shown and no record of a
 * build refers to, of all domains, in one round trip. Whenever it is killed, nothing leads nowhere.
 */
export function collectGarbage(store: Store, options: GarbageOptions = {}, id = newEditId()): Query<Garbage> {
  const { keep = 10, olderThanDays = 1, forgetBuildsDays = 0, rehearse = false } = options
  if (!Number.isSafeInteger(keep) || keep < 0)
    throw new UsageError(`keep is ${keep}: it must be a whole number, 0 or more`)
  return {
    command: script(sh`${base(store)}
id=${id}
keep=${keep}
age=${secondsOf(olderThanDays, 'older_than')}
forget=${secondsOf(forgetBuildsDays, 'forget_builds')}
rehearse=${rehearse ? 'yes' : ''}
${LOCK}
${FINISH}
${SURVEY}
${UNUSED_CONTENTS}
${WANTED}
${SWEEP}
${COLLECT}`),
    parse(stdout) {
      const gone = parseAnswer(stdout)
        .all('gone')
        .map(([kind = '', path = '', bytes]) => ({ kind: kind as GarbageKind, path, bytes: Number(bytes) }))
      return { rehearsed: rehearse, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0), gone }
    },
    assumed: { rehearsed: true, unasked: true, bytes: 0, gone: [] },
    failed: refusal(store),
  }
}

function secondsOf(days: number, what: string): number {
  if (Number.isFinite(days) && days >= 0 && days <= 36_500) return Math.round(days * DAY_S)
  throw new UsageError(`${what} is ${days}: it must be a number of days, 0 or more`)
}

// The third time the survey is taken under the lock: a store that is edited all the time is swept as well.
const COLLECT = sh`[ -d "$root/gen" ] || exit 0
exec 3>&1
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -n "$rehearse" ]; then
  scratch=$(mktemp -d) || unwritten "a temporary folder"
  trap 'rm -rf -- "$scratch"' EXIT
  survey
  [ ! -d "$root/trash" ] || printf '.gachette/trash\n' >>"$scratch/drop.leftover"
  tell
  exit 0
fi
[ -d "$root/lock" ] || mkdir -p -- "$root/lock" || die 77 unwritable "$root"
true 9>>"$root/lock/gc" || die 77 unwritable "$root/lock/gc"
exec 8>>"$root/lock/gc"
flock -n 8 || die 75 collecting
finish_if_left
scratch=$root/incoming/$id
trap 'rm -rf -- "$scratch"' EXIT
mkdir -p -- "$scratch" || die 77 unwritable "$root/incoming"
finish_trash
for attempt in 1 2 3; do
  rm -f -- "$scratch"/*
  if [ "$attempt" = 3 ]; then
    lock
    finish
  fi
  survey
  is_anything || break
  tell >"$scratch/told"
  if [ "$attempt" != 3 ]; then
    lock
    finish
  fi
  if sweep_locked; then
    unlock
    cat -- "$scratch/told"
    break
  fi
  unlock
  [ "$attempt" != 3 ] || die 75 unsettled
done
[ ! -d "$root/trash" ] && [ ! -s "$scratch/drop.pin" ] || empty_trash`
