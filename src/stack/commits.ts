import { createHash } from 'node:crypto'
import { type Query, script, sh } from '../shell/index.ts'
import { parseRemoteFolder } from './name.ts'
import { oneLine } from './table.ts'

/** From one commit of a repository to another. */
export interface CommitRange {
  readonly repository: string
  /** Full lower-case hex, both. */
  readonly from: string
  readonly to: string
}

/** One commit, for people to recognise it. */
export interface Commit {
  readonly commit: string
  /** ISO time, UTC. */
  readonly when: string
  readonly author: string
  readonly subject: string
}

/**
 * What lies between two commits. `count` and `dropped` may be larger than the lists, which are cut; `atLeast` where there
 * are more than anybody counted. `dropped` are those that only the first commit has: history is not linear there.
 */
export type CommitHistory =
  | {
      readonly type: 'known'
      readonly commits: readonly Commit[]
      readonly count: number
      readonly dropped: number
      readonly atLeast?: true
    }
  | { readonly type: 'no-mirror' }
  | { readonly type: 'missing'; readonly commit: string }

const SHOWN = 50
const COUNTED = 5000

/** The commits of each range, newest first, from the bare mirrors below work_path: one git process per range. */
export function commitsBetween(
  workPath: string,
  ranges: readonly CommitRange[],
): { readonly query: Query<readonly CommitHistory[]>; readonly stdin: string } {
  const lines = ranges.map(({ repository, from, to }) => `${mirrorKey(repository)} ${from} ${to}\n`)
  return {
    stdin: lines.join(''),
    query: {
      command: script(sh`work=${parseRemoteFolder(workPath, 'work_path')}
shown=${SHOWN} counted=${COUNTED}
export LC_ALL=C GIT_NO_REPLACE_OBJECTS=1 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
unset GIT_DIR GIT_WORK_TREE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_NAMESPACE
${BETWEEN}`),
      parse: (stdout) => parseHistories(stdout, ranges.length),
      assumed: ranges.map(() => ({ type: 'no-mirror' })),
    },
  }
}

/** The end of a mirror's name, by the rule of source/repository.ts: the url without credentials decides it. */
const mirrorKey = (repository: string): string =>
  createHash('sha256').update(repository).digest('hex').slice(0, 12)

const BETWEEN = sh`while read -r key from to; do
  echo range
  set -- "$work/mirrors/"*"-$key.git"
  if [ ! -d "$1" ]; then echo no-mirror; continue; fi
  git --git-dir="$1" rev-list --left-right --date-order --encoding=UTF-8 --max-count="$counted" \
    --format='tformat:%m%x09%H%x09%ct%x09%an%x09%s' "$from...$to" -- 2>/dev/null |
    awk -F'\t' -v shown="$shown" '
      $1 == "<" { dropped++ }
      $1 == ">" && ++count <= shown
      END { print "counted\t" count + 0 "\t" dropped + 0; exit count + dropped == 0 }' ||
    for each in "$from" "$to"; do
      git --git-dir="$1" cat-file -e "$each^{commit}" 2>/dev/null || printf 'missing\t%s\n' "$each"
    done
done`

function parseHistories(stdout: string, count: number): readonly CommitHistory[] {
  const sections = stdout.split(/^range\n/m).slice(1)
  return Array.from({ length: count }, (_, at) => historyOf(sections[at] ?? 'no-mirror'))
}

function historyOf(section: string): CommitHistory {
  const rows = section.split('\n').map((line) => line.split('\t'))
  const of = (kind: string) => rows.filter(([first]) => first === kind)
  const [missing, counted] = [of('missing')[0]?.[1], of('counted')[0]]
  if (missing) return { type: 'missing', commit: missing }
  if (counted === undefined) return { type: 'no-mirror' }
  const [count, dropped] = [Number(counted[1]), Number(counted[2])]
  const commits = of('>').map(([, commit = '', time = '', author = '', ...subject]) => ({
    commit,
    when: new Date(Number(time) * 1000).toISOString().replace('.000Z', 'Z'),
    author: oneLine(author),
    subject: oneLine(subject.join(' ')),
  }))
  return { type: 'known', commits, count, dropped, ...(count + dropped >= COUNTED && { atLeast: true }) }
}
