import { compareVersions, type DebVersion, isVersion } from '../deb/index.ts'
import { type Command, sh, TaskError } from '../shell/index.ts'
import { EXIT } from './exits.ts'
import { folderOf, lockOf, type WorkingCopyPlace } from './place.ts'
import type { Prepared, Submodule } from './prepared.ts'

/** Shell functions that find a ref's commit in `$mirror`, and tell what a working copy holds: lines `KEY VALUE`. */
export const factFunctions: Command = sh`
# resolve NAME REVISION…: sets commit to the first revision that exists, and committed to its time.
resolve() {
  what=$1 commit= other=
  shift
  # One line for each commit there is, in this order, and none twice.
  while read -r when id; do
    if [ -z "$commit" ]; then commit=$id committed=$when; else other=$id; fi
  done <<END
$(plain_git -C "$mirror" rev-list --ignore-missing --no-walk=unsorted --timestamp "$@" -- 2>/dev/null)
END
  if [ -n "$commit" ]; then
    [ -z "$other" ] || echo "warning: $what is more than one of branch, tag and commit; the first of them is taken, $commit, not $other" >&2
    return
  fi
  case $(printf '%s\n' "$@" | plain_git -C "$mirror" cat-file --batch-check) in
    *' ambiguous'*) exit ${EXIT.ambiguousRef} ;;
  esac
  plain_git -C "$mirror" for-each-ref --format='%(refname)' refs/heads refs/tags
  exit ${EXIT.unknownRef}
}
# known_refs: the working copy knows the branches, as origin's, and the tags; git describe and git log work in it.
known_refs() {
  refs=$(plain_git -C "$mirror" for-each-ref --format="%(objectname) %(if:equals=refs/heads)%(refname:rstrip=-2)%(then)\
refs/remotes/origin/%(refname:lstrip=2)%(else)%(refname)%(end)" refs/heads refs/tags)
  printf %s "\${refs:+$refs$nl}" >"$wc/.git/packed-refs"
}
facts() {
  printf 'commit %s\ntime %s\nurl %s\n' "$commit" "$committed" "$1"
  [ -z "$2" ] || printf 'ref %s\n' "$2"
  case $refs in *' refs/tags/v'[0-9]*) ;; *) return ;; esac
  nearest=$(plain_git -C "$mirror" describe --tags --abbrev=0 --match 'v[0-9]*' "$commit" 2>/dev/null) || return 0
  plain_git -C "$mirror" for-each-ref --points-at="refs/tags/$nearest^{commit}" --format='tag %(refname:lstrip=2)' 'refs/tags/v[0-9]*'
}
`

/** Reads the lines `facts` wrote. Throws a TaskError. */
export function parseFacts(lines: readonly string[], place: WorkingCopyPlace): Prepared {
  const values = (wanted: string) =>
    lines.flatMap((line) => (line.startsWith(`${wanted} `) ? [line.slice(wanted.length + 1)] : []))
  const [commit = '', time = '', url = ''] = ['commit', 'time', 'url'].map((key) => values(key)[0])
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) || !/^-?\d+$/.test(time) || url === '')
    throw new TaskError(`${place.name}: the host did not say which commit it prepared`)
  const [ref] = values('ref')
  const nearestTag = highest(values('tag'))
  const submodules = submodulesOf(values('submodule'))
  return {
    project: place.name,
    dir: folderOf(place),
    lock: lockOf(place),
    commit,
    committedAt: Math.max(Number(time), 0),
    url,
    ...(ref === undefined ? {} : { ref }),
    ...(nearestTag === undefined ? {} : { nearestTag }),
    ...(submodules.length === 0 ? {} : { submodules }),
  }
}

/** Lines `COMMIT URL /PATH` between tabs; where a working copy was made anew they come twice. */
function submodulesOf(lines: readonly string[]): readonly Submodule[] {
  const byPath = new Map<string, Submodule>()
  for (const line of lines) {
    const [commit = '', url = '', path = ''] = line.split('\t')
    byPath.set(path, { path: path.slice(1), url, commit })
  }
  return [...byPath.values()]
}

/** Of several tags on one commit, the highest by Debian's order: `v1.0.0` above `v1.0.0-rc.1`. */
function highest(tags: readonly string[]): string | undefined {
  const order = (tag: string): DebVersion | undefined => {
    const version = tag.replaceAll('-', '~').replace(/[^A-Za-z0-9.+~]/g, '.')
    return isVersion(version) ? version : undefined
  }
  return tags
    .map((tag) => tag.slice(1))
    .flatMap((tag) => {
      const version = order(tag)
      return version === undefined ? [] : [{ tag, version }]
    })
    .sort((a, b) => compareVersions(b.version, a.version))[0]?.tag
}
