import { type Command, type FailedCommand, type Query, sh, show, TaskError } from '../shell/index.ts'
import { askAtCommit } from '../source/index.ts'
import { describeFolder } from './artifacts.ts'
import { type Artifact, assumedArtifact, type Builder, type BuildRequest } from './builder.ts'
import { parseRepr } from './python-repr.ts'
import { recorded } from './record.ts'

/** Exit codes of the driver's own, above those of signals and of the working copy. */
const EXIT = { lint: 221, build: 222, output: 223, locked: 224, missing: 225 } as const

/** How the trebuchet of the build machine is called. */
export interface TrebuchetOptions {
  /** `trebuchet_bin`: the program, and words in front of its own arguments. */
  readonly bin: readonly string[]
  /** A lock file of the build machine's; without it the machine's one for all users. */
  readonly lockFile?: string
  /** Seconds to wait for other builds; an hour unless given. */
  readonly lockWaitSeconds?: number
}

/**
 * Drives the trebuchet program: lint, build into a private folder, and the packages are those whose `Built:` line names
 * a file there, all that lint announced or a TaskError. It works in fixed folders, so one build runs per machine.
 */
export const trebuchetBuilder = (options: TrebuchetOptions): Builder => ({
  name: 'trebuchet',
  build: (remote, request) =>
    remote.ask(
      recorded(askAtCommit(request.source, build(options, request)), {
        ...request,
        commands: commandsOf(options, request),
      }),
      {
        title: `build ${request.source.project} with trebuchet`,
        ...(request.durable === undefined ? {} : { durable: request.durable }),
      },
    ),
})

/** As they are run, but for the folders of this very build. */
function commandsOf({ bin }: TrebuchetOptions, { missilePath, versions }: BuildRequest): readonly string[] {
  const { app, env, service, static: staticVersion } = versions
  const given = sh`--app-version ${app} --env-version ${env} --service-version ${service} --static-version ${staticVersion}`
  return [show(sh`${bin} lint ${missilePath}`), show(sh`${bin} build ${missilePath} ${given}`)]
}

function build(options: TrebuchetOptions, request: BuildRequest): Query<readonly Artifact[]> {
  const { outputDir, source } = request
  const debs = describeFolder(outputDir)
  return {
    command: buildScript(options, request, debs.command),
    parse(stdout) {
      const end = stdout.indexOf('\n\n')
      const said = stdout.slice(0, end).split('\n')
      return chosen(source.project, announced(said), builtFiles(said), debs.parse(stdout.slice(end + 2)))
    },
    assumed: [assumedArtifact(request)],
    failed: (failure) => failureOf(source.project, options.bin.join(' '), failure),
  }
}

/** Answers lines `lint …` and `built …`, an empty line, and what the .debs are; everything else is for the screen. */
function buildScript(options: TrebuchetOptions, request: BuildRequest, describe: Command): Command {
  const missile = `${request.source.dir}/${request.missilePath}`
  const { app, env, service, static: staticVersion } = request.versions
  return sh`
out=${request.outputDir}
command -v ${options.bin.slice(0, 1)} >/dev/null || exit ${EXIT.missing}
mkdir -p -- "\${out%/*}" && mkdir -- "$out" || exit ${EXIT.output}
${machineLock(options)}
# The lock is kept while the program lives, even when this shell is killed, but not by what it leaves behind.
alone() { ( "$@" 7>&- </dev/null; exit $? ); }
alone ${options.bin} lint ${missile} >"$out/.lint" || { cat -- "$out/.lint" >&2; rm -rf -- "$out"; exit ${EXIT.lint}; }
{
  alone ${options.bin} build ${missile} --arch "$(dpkg --print-architecture)" --output "$out" --app-version ${app} \
    --env-version ${env} --service-version ${service} --static-version ${staticVersion}
  echo $? >"$out/.status"
} | tee -- "$out/.build" >&2
read -r status <"$out/.status"
[ "$status" = 0 ] || { rm -rf -- "$out"; exit ${EXIT.build}; }
# Noise may be of any encoding.
LC_ALL=C sed -n 's/^.*Packages to be built: */lint /p' "$out/.lint"
LC_ALL=C sed -n 's/^.*Built: {/built {/p' "$out/.build"
echo
rm -f -- "$out/.lint" "$out/.build" "$out/.status"
${describe}`
}

/** On descriptor 7, opened for reading: the file may be another user's. */
const machineLock = ({ lockFile, lockWaitSeconds = 3600 }: TrebuchetOptions): Command => sh`
trebuchet_lock=${lockFile ?? ''}
[ -n "$trebuchet_lock" ] || for each in /run/lock /tmp; do
  [ -d "$each" ] && trebuchet_lock=$each/gachette-trebuchet.lock && break
done
[ -e "$trebuchet_lock" ] || ( set -C; true >"$trebuchet_lock" ) 2>/dev/null
[ -r "$trebuchet_lock" ] || exit ${EXIT.locked}
exec 7<"$trebuchet_lock"
flock -n 7 || {
  echo "waiting for another build by trebuchet on this machine" >&2
  flock -w ${lockWaitSeconds} 7 || exit ${EXIT.locked}
}`

/** The packages lint announced: of the last line that says so. */
function announced(said: readonly string[]): ReadonlySet<string> {
  const line = said.findLast((each) => each.startsWith('lint ')) ?? ''
  return new Set(
    line
      .slice('lint '.length)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
}

/** The bare names of the files that `Built:` lines name; a line of that look that is no dict is noise. */
function builtFiles(said: readonly string[]): ReadonlySet<string> {
  const names = said.flatMap((line) => {
    if (!line.startsWith('built ')) return []
    const fileName = parseRepr(line.slice('built '.length))?.get('file_name')
    return fileName === undefined ? [] : [fileName.replace(/^.*\//s, '')]
  })
  return new Set(names)
}

function chosen(
  project: string,
  expected: ReadonlySet<string>,
  files: ReadonlySet<string>,
  found: readonly Artifact[],
): readonly Artifact[] {
  const artifacts = found.filter(({ fileName }) => files.has(fileName))
  const built = new Set(artifacts.map(({ name }) => name))
  const missing = [...expected].filter((name) => !built.has(name))
  const surplus = [...built].filter((name) => !expected.has(name))
  if (expected.size === 0) throw new TaskError(`${project}: trebuchet announced no package`)
  if (missing.length > 0 || surplus.length > 0)
    throw new TaskError(`${project}: trebuchet built other packages than it announced`, {
      hint: [
        ...(missing.length > 0 ? [`not built: ${missing.join(', ')}`] : []),
        ...(surplus.length > 0 ? [`not announced: ${surplus.join(', ')}`] : []),
      ].join('\n'),
    })
  return artifacts
}

function failureOf(project: string, bin: string, failure: FailedCommand): Error | undefined {
  const output = failure.stderr
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .slice(-10)
  switch (failure.exitCode) {
    case EXIT.lint:
      return new TaskError(`${project}: trebuchet finds its missile wrong; nothing was built`, { output })
    case EXIT.build:
      return new TaskError(`${project}: trebuchet could not build it; nothing is registered`, { output })
    case EXIT.output:
      return new TaskError(`${project}: the folder for the packages could not be made`, { output })
    case EXIT.locked:
      return new TaskError(`${project}: another build by trebuchet holds the machine for too long`, {
        output,
      })
    case EXIT.missing:
      return new TaskError(`${bin} is not installed, and the builder asked for is trebuchet`, {
        hint: `install it there, or set  projects.${project}.builder: missile`,
      })
    default:
      return undefined
  }
}
