import { type Query, script, sh, TaskError } from '../shell/index.ts'
import { logged, logOf } from './log.ts'

/** What is certain of a build besides its packages: told by the machine that did it, for whoever asks years later. */
export interface BuildRecord {
  /** The run that began it; another one may have joined it. */
  readonly run: string
  /** ISO time, UTC, by the build machine's clock. */
  readonly startedAt: string
  readonly finishedAt: string
  /** sha256 of the log, lower-case hex; absent where none could be written. */
  readonly logSha256?: string
  readonly machine: BuildMachine
  /** Lists of what went into a package, such as the Python packages of an environment. */
  readonly sboms: readonly Sbom[]
  /** What was run, in order: a package and a command each. No secrets of settings are in it. */
  readonly commands: readonly string[]
}

/** A machine as it describes itself; what it does not say is ''. */
export interface BuildMachine {
  readonly hostName: string
  /** `debian 12.7` */
  readonly release: string
  readonly kernel: string
  /** As `uname -m` has it. */
  readonly architecture: string
}

/** A CycloneDX document about one package; its file lies beside the packages. */
export interface Sbom {
  readonly package: string
  readonly fileName: string
  readonly sha256: string
}

/** What comes of a build. */
export interface Recorded<T> {
  readonly made: T
  readonly record: BuildRecord
}

/** How a file of the output folder is called that lists what went into the package PACKAGE. */
export const SBOM = '.sbom.json'

const TAIL = '!recorded'

/**
 * The same question, its log kept beside the packages, and behind its answer what there is to record: asked in the same
 * round trip, by a few system calls. `run` is told by the job itself, for a later run may join it.
 */
export const recorded = <T>(
  query: Query<T>,
  {
    outputDir,
    run,
    commands,
  }: { readonly outputDir: string; readonly run: string } & Pick<BuildRecord, 'commands'>,
): Query<Recorded<T>> => {
  const { command, parse, assumed, failed } = logged(query, logOf(outputDir))
  return {
    command: script(sh`record_since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
(
${command}
)
record_status=$?
[ "$record_status" -eq 0 ] || exit "$record_status"
${RECORD}
record ${run} ${logOf(outputDir)} ${outputDir}`),
    parse(stdout) {
      const end = stdout.lastIndexOf(`\n${TAIL}\t`)
      if (end < 0) throw new TaskError('the build machine did not say when the build was done')
      return {
        made: parse(stdout.slice(0, end)),
        record: { ...parseRecord(stdout.slice(end + 1)), commands },
      }
    },
    assumed: { made: assumed, record: { ...assumedRecord(run), commands } },
    failed: (failure) => failed?.(failure),
  }
}

const RECORD = sh`record() {
  record_log=- record_sboms=
  if [ -f "$2" ]; then record_log=$(sha256sum <"$2") && record_log=\${record_log%% *} || record_log=-; fi
  for each in "$3"/*${SBOM}; do
    [ -f "$each" ] || break
    sum=$(sha256sum <"$each") || return
    record_sboms="$record_sboms\t\${sum%% *} \${each##*/}"
  done
  record_release=$( . /etc/os-release 2>/dev/null; version=\${VERSION_ID-}
    [ "\${ID-}" != debian ] || ! read -r precise </etc/debian_version || version=$precise
    printf '%s %s' "\${ID-}" "$version" )
  read -r record_name </proc/sys/kernel/hostname || record_name=
  read -r record_kernel </proc/sys/kernel/osrelease || record_kernel=
  printf '\n%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s%b\n' ${TAIL} "$1" "$record_since" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    "$record_log" "$record_name" "$record_release" "$record_kernel" "$(uname -m)" "$record_sboms"
}`

function parseRecord(line: string): Omit<BuildRecord, 'commands'> {
  const [
    ,
    run = '',
    startedAt = '',
    finishedAt = '',
    log = '',
    hostName = '',
    release = '',
    kernel = '',
    ...rest
  ] = line.trimEnd().split('\t')
  const [architecture = '', ...sboms] = rest
  for (const time of [startedAt, finishedAt])
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time))
      throw new TaskError('the build machine told no time of the build')
  return {
    run,
    startedAt,
    finishedAt,
    ...(/^[0-9a-f]{64}$/.test(log) && { logSha256: log }),
    machine: { hostName, release: release.trim(), kernel, architecture },
    sboms: sboms.flatMap((each) => {
      const [, sha256, name] = /^([0-9a-f]{64}) ([A-Za-z0-9][A-Za-z0-9+._-]*)\.sbom\.json$/.exec(each) ?? []
      return sha256 === undefined || name === undefined
        ? []
        : [{ package: name, fileName: `${name}${SBOM}`, sha256 }]
    }),
  }
}

const assumedRecord = (run: string): Omit<BuildRecord, 'commands'> => ({
  run,
  startedAt: '1970-01-01T00:00:00Z',
  finishedAt: '1970-01-01T00:00:00Z',
  machine: { hostName: '', release: '', kernel: '', architecture: '' },
  sboms: [],
})
