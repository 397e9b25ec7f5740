import { type Command, type Query, script, sh } from '../shell/index.ts'
import { EXIT, type Subject, sourceFailure } from './exits.ts'
import { factFunctions, parseFacts } from './facts.ts'
import { factsOf, folderOf, placeOf, underLock, type WorkingCopyPlace } from './place.ts'
import type { Prepared } from './prepared.ts'
import { isDefault, isFullHash, meaningsOf, type Ref } from './ref.ts'
import { mirrorName, type RepositoryUrl } from './repository.ts'

/** What a working copy shall hold. */
export interface PrepareRequest extends WorkingCopyPlace {
  readonly url: RepositoryUrl
  /** Without it, the remote's default branch. */
  readonly ref?: Ref | undefined
}

/** A working copy, and the answer to the question that was asked in it in the same round trip. */
export interface PreparedAnd<T> {
  readonly prepared: Prepared
  readonly inspected: T
}

/** A question about a working copy, given its folder; it runs there, under its lock. */
export type InspectWith<T> = (dir: string) => Query<T>

const NOTHING: Query<undefined> = { command: sh`:`, parse: () => undefined, assumed: undefined }

/**
 * Brings a project's working copy to a commit, in one round trip: its mirror is fetched, the ref resolved, the tree
 * made clean with its submodules, and `inspect` asked in it before anybody else may touch it. Fails with a TaskError
 * that names the project, the ref and what to do.
 */
export function prepare(request: PrepareRequest): Query<PreparedAnd<undefined>>
export function prepare<T>(request: PrepareRequest, inspect: InspectWith<T>): Query<PreparedAnd<T>>
export function prepare(
  request: PrepareRequest,
  inspect?: InspectWith<unknown>,
): Query<PreparedAnd<unknown>> {
  const { url, ref, name } = request
  const mirror = mirrorName(url.shown)
  const wanted = ref !== undefined && isFullHash(ref) ? ref : ''
  const subject = { project: name, dir: folderOf(request), url: url.shown, ref }
  const body = sh`
${factFunctions}
allow_transports ${url.shown}
update_mirror ${url.url} ${url.shown} ${mirror} ${wanted} ${isDefault(ref) ? 'head' : ''} || exit
mirror=$work/mirrors/${mirror}.git
resolve ${ref ?? 'the default branch'} ${meaningsOf(ref)}
wc_modules=$wc_facts.submodules
[ ! -e "$wc_modules" ] || rm -f -- "$wc_modules"
working_copy ${url.shown} "$mirror" "$commit"
known_refs
facts ${url.shown} ${ref ?? ''} >"$wc_facts" || exit ${EXIT.noFolder}
if [ -f "$wc_modules" ]; then
  cat -- "$wc_modules" >>"$wc_facts" && rm -f -- "$wc_modules" || exit ${EXIT.noFolder}
fi
mark "$wc_lock" idle
[ -f "$wc/.gitattributes" ] && grep -q filter=lfs "$wc/.gitattributes" && echo 'files kept by Git LFS are pointers in the working copy' >&2
:`
  return answering(
    request,
    underLock(request, body, url.credentials),
    subject,
    inspect?.(subject.dir) ?? NOTHING,
  )
}

/** What an already prepared working copy holds, made clean again, and what `inspect` finds in it; for `build` alone. */
export function current(place: WorkingCopyPlace): Query<PreparedAnd<undefined>>
export function current<T>(place: WorkingCopyPlace, inspect: InspectWith<T>): Query<PreparedAnd<T>>
export function current(
  place: WorkingCopyPlace,
  inspect?: InspectWith<unknown>,
): Query<PreparedAnd<unknown>> {
  const body = sh`
commit= shown=
[ ! -e "$wc_facts" ] || while read -r key value; do
  case $key in commit) commit=$value ;; url) shown=$value ;; esac
done <"$wc_facts"
mirror_of "$shown"
mirror=$work/mirrors/$mirror_name.git
[ -n "$commit" ] && [ -d "$mirror" ] || exit ${EXIT.nothingPrepared}
allow_transports "$shown"
working_copy "$shown" "$mirror" "$commit"
mark "$wc_lock" idle`
  const subject = { project: place.name, dir: folderOf(place) }
  return answering(place, underLock(place, body), subject, inspect?.(subject.dir) ?? NOTHING)
}

/**
 * Runs `body` in the working copy at the commit it was prepared for, under its lock: what another run made of it in
 * between is undone first. A subshell of its own, to be spliced into a script; its exit status is the body's, or one
 * that `sourceFailure` knows.
 */
export function atCommit(prepared: Prepared, body: Command): Command {
  const checkOut = sh`
allow_transports ${prepared.url}
working_copy ${prepared.url} "$work/mirrors/"${mirrorName(prepared.url)}.git ${prepared.commit}
mark "$wc_lock" idle`
  return sh`(
${underLock(placeOf(prepared), checkOut)}
${inside(prepared.dir, body)}
)`
}

/**
 * Asks in a working copy at the commit it was prepared for, under its lock: what another run made of it in between is
 * undone first. Fails as the question does, or with a TaskError about the working copy.
 */
export const askAtCommit = <T>(prepared: Prepared, query: Query<T>): Query<T> => ({
  ...query,
  command: script(atCommit(prepared, query.command)),
  failed: (failure) => sourceFailure(failure, prepared) ?? query.failed?.(failure),
})

/** The facts, an empty line, and what the inspection answers. */
function answering<T>(
  place: WorkingCopyPlace,
  work: Command,
  subject: Subject,
  inspection: Query<T>,
): Query<PreparedAnd<T>> {
  const split = (stdout: string) => {
    const end = stdout.indexOf('\n\n')
    return {
      facts: stdout.slice(0, end),
      answer: stdout.slice(end + 2),
      isWhole: /^commit .*\n\n/s.test(stdout),
    }
  }
  return {
    command: script(sh`${work}
while IFS= read -r line; do printf '%s\n' "$line"; done <${factsOf(place)}
echo
${inside(subject.dir, inspection.command)}`),
    parse(stdout) {
      const { facts, answer } = split(stdout)
      return { prepared: parseFacts(facts.split('\n'), place), inspected: inspection.parse(answer) }
    },
    assumed: { prepared: assumed(place, subject), inspected: inspection.assumed },
    failed(failure) {
      const { answer, isWhole } = split(failure.stdout)
      if (!isWhole) return sourceFailure(failure, subject)
      return inspection.failed?.({ ...failure, stdout: answer })
    },
  }
}

/** The middle subshell keeps the lock while the body lives; the body, and what it starts, has none of it. */
const inside = (dir: string, body: Command): Command => sh`( (
cd -- ${dir} || exit
${body}
) 9>&-; exit $? )`

const assumed = (place: WorkingCopyPlace, { dir, url = '', ref }: Subject): Prepared => ({
  ...parseFacts([`commit ${'0'.repeat(40)}`, 'time 0', `url ${url || 'file:///'}`], place),
  dir,
  ...(ref === undefined ? {} : { ref }),
})
