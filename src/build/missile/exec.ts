import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path/posix'
import { type FailedCommand, type Query, script, sh, TaskError } from '../../shell/index.ts'
import { atCommit, sourceFailure } from '../../source/index.ts'
import { describeFolder } from '../artifacts.ts'
import { type Artifact, assumedArtifact, type BuildRequest } from '../builder.ts'
import { failureOf } from './failures.ts'
import type { PackagePlan } from './packages.ts'
import { parseRemarks } from './remarks.ts'

/** What the build machine made, and what it remarked on. */
export interface Built {
  readonly artifacts: readonly Artifact[]
  readonly warnings: readonly string[]
}

/** Between the remarks and the description of the packages, on a line of its own. */
const DONE = '!done'

/**
 * The whole build as one question: `orders` come as a tar on stdin, the tree is copied at exactly the commit under the
 * working copy's lock, everything is built in a private folder, and the packages appear in the output folder together
 * at the end, or not at all. stdout is facts only; everything the build prints goes to stderr.
 */
export function buildAll(request: BuildRequest, plans: readonly PackagePlan[]): Query<Built> {
  const { source, outputDir, workPath } = request
  const description = describeFolder(outputDir)
  const subject = { project: source.project, dir: source.dir, url: source.url, ref: source.ref }
  return {
    command: script(sh`exec 3>&1 1>&2
umask 022
doing=${source.project}
fail() { what=$1; shift; { printf '!%s\t%s' "$what" "$doing"; for word; do printf '\t%s' "$word"; done; echo; } >&3; exit 70; }
for tool in dpkg-deb tar awk flock find sha256sum; do command -v "$tool" >/dev/null || fail missing "$tool"; done
[ -d ${workPath} ] || mkdir -p -- ${workPath} || fail disk
for left in ${workPath}/building.*; do
  [ -d "$left" ] || break
  find ${workPath} -maxdepth 1 -name 'building.??????' -mmin +60 -exec flock -n '{}/lock' chmod -R u+rwX '{}' \; -exec flock -n '{}/lock' rm -rf '{}' \;
  break
done
work=$(cd -P -- ${workPath} && pwd)/${`building.${randomBytes(3).toString('hex')}`}
plan=$work/plan trees=$work/t
# The fifth digit takes off a set-group-ID bit, which all below would inherit.
mkdir -m 00700 -- "$work" "$plan" "$trees" "$work/out" "$work/tmp" || fail disk
trap 'rm -rf -- "$work" 2>/dev/null || { chmod -R -- u+rwX "$work"; rm -rf -- "$work"; }' EXIT
trap 'exit 129' HUP
# Whoever reads what we print may be gone before we have tidied up.
trap : PIPE
trap 'exit 130' INT
trap 'exit 143' TERM
exec 7>"$work/lock" && flock -n 7 || fail disk
tar -xmf - -C "$plan" && [ -f "$plan/build.sh" ] || fail orders
${atCommit(source, sh`. "$plan/copy.sh"`)}
status=$?
[ $status -eq 0 ] || exit $status
(
export SOURCE_DATE_EPOCH=${source.committedAt} TMPDIR="$work/tmp" LC_ALL=C.UTF-8 TZ=UTC
export PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 PIP_PROGRESS_BAR=off PIP_ROOT_USER_ACTION=ignore
unset CDPATH VIRTUAL_ENV PYTHONHOME PYTHONPATH
. "$plan/build.sh"
) || exit
[ -d ${dirname(outputDir)} ] || mkdir -p -m 0700 -- ${dirname(outputDir)} || fail disk
mv -T -- "$work/out" ${outputDir} || fail disk
echo ${DONE} >&3
${description.command} >&3`),
    parse(stdout) {
      const end = stdout.indexOf(`${DONE}\n`)
      if (end < 0) throw new TaskError(`${source.project}: the build machine did not say that it is done`)
      return {
        artifacts: inOrder(description.parse(stdout.slice(end + DONE.length + 1)), plans),
        warnings: parseRemarks(stdout.slice(0, end)),
      }
    },
    assumed: { artifacts: [assumedArtifact(request)], warnings: [] },
    failed: (failure: FailedCommand) => sourceFailure(failure, subject) ?? failureOf(failure, plans),
  }
}

/** In the order of the plan; what was built must be what was planned. */
function inOrder(artifacts: readonly Artifact[], plans: readonly PackagePlan[]): readonly Artifact[] {
  const planned = [...new Map(plans.map((plan) => [plan.name, plan])).values()]
  const found = planned.flatMap(({ name, version }) =>
    artifacts.filter((artifact) => artifact.name === name && artifact.version === version),
  )
  if (found.length !== planned.length || artifacts.length !== planned.length)
    throw new TaskError(
      `planned ${planned.map(({ name }) => name).join(', ')}, and built ${artifacts.map(({ name }) => name).join(', ')}`,
    )
  return found
}
