import { type ControlFields, parseDebFileName, parsePackageName } from '../deb/index.ts'
import { type Query, script, sh, TaskError, UsageError } from '../shell/index.ts'
import { type Build, recordOf } from './builds.ts'
import { warningsOf } from './create.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { type Pin, parsePins } from './manifest.ts'
import { parsePackageVersion, parseRemoteFolder, type StackName } from './name.ts'
import { base } from './shell/base.ts'
import { COMPOSE } from './shell/compose.ts'
import { DESCRIBE } from './shell/describe.ts'
import { COMMIT, GENERATION } from './shell/generation.ts'
import { JUDGE, KNOWN } from './shell/judge.ts'
import { LAYOUT } from './shell/layout.ts'
import { FIND, FINISH, LOCK } from './shell/lock.ts'
import { MIGRATE } from './shell/migrate.ts'
import { REQUEST } from './shell/request.ts'
import { newEditId, parseLogText, type Store } from './store.ts'
import { toldOf } from './told.ts'

/** A package to pin: registered already, a .deb to seek by its file name, or one that was just built. */
export type PackageToPin = RegisteredPackage | SoughtPackage | BuiltPackage

/** A package that is in the pool, by name and Debian version. */
export interface RegisteredPackage {
  readonly name: string
  readonly version: string
}

/** A .deb to seek: `fileName` is a bare name, sought in debs_path, then in the pool. */
export interface SoughtPackage extends RegisteredPackage {
  readonly fileName: string
}

/** An Artifact is one. The digest is what it was when it was built: another one now is refused. */
export interface BuiltPackage extends SoughtPackage {
  /** Absolute, on the build machine. */
  readonly path: string
  readonly sha256: string
  /** What dpkg-deb said of these bytes when they were built; where it is all here, nobody asks dpkg-deb again. */
  readonly architecture?: string
  readonly size?: number
  readonly control?: ControlFields
}

/** What an edit that adds packages is told besides them. */
export interface AddOptions {
  /** The edit is refused (StaleGeneration) when the stack is at another one. */
  readonly expectGeneration?: string
  /** One line for the log. */
  readonly why?: string
  /**
   * What these packages came of. If it is known, the packages registered for it are pinned instead of these, unless
   * `rebuild`: then these must have the same digests.
   */
  readonly build?: Build & { readonly rebuild?: boolean }
  /** Absolute path of the build's log on the build machine; kept beside each package. */
  readonly logPath?: string
  /** Kept with each package that is new: where it comes from. Plain JSON, 64 KiB at most. */
  readonly provenance?: Readonly<Record<string, unknown>>
  /** Where file names are sought before the pool: an absolute folder on the build machine. */
  readonly debsPath?: string
}

/** What an edit did. */
export interface Edited {
  readonly generation: string
  readonly digest: string
  /** Packages in the stack now. */
  readonly count: number
  /** False where everything was pinned already: the generation is the old one. */
  readonly changed: boolean
  /** Whether the build was known, and its registered packages were pinned instead of the given ones. */
  readonly known: boolean
  readonly packages: readonly (Pin & { readonly change: PinChange })[]
  readonly warnings: readonly string[]
}

/** What pinning a package changed; `was` is the version it replaced. */
export type PinChange =
  | { readonly type: 'added' }
  | { readonly type: 'same' }
  | { readonly type: 'replaced'; readonly was: string }

/** A query that needs its stdin: hand both to `ask(query, { stdin })`. */
export interface Edit<T> {
  readonly query: Query<T>
  readonly stdin: string
}

/** Registers packages and pins them in a stack, all of them or none, as one generation. */
export function addPackages(
  store: Store,
  stack: StackName,
  packages: readonly PackageToPin[],
  options: AddOptions & { readonly typed?: string } = {},
  id = newEditId(),
): Edit<Edited> {
  refuseTwice(packages)
  const record = options.build && recordOf(options.build)
  const why = options.why === undefined ? 'null' : JSON.stringify(parseLogText(options.why))
  const debs = options.debsPath === undefined ? `${store.meta}/debs` : options.debsPath
  const query: Query<Edited> = {
    command: script(sh`${base(store)}
id=${id}
stack=${stack}
why=${why}
expected_generation=${options.expectGeneration ?? ''}
debs=${parseRemoteFolder(debs, 'debs_path')}
logfile=${options.logPath === undefined ? '' : parseRemoteFolder(options.logPath, 'the log of a build')}
buildfile=${record?.path ?? ''}
rebuild=${options.build?.rebuild ? 'yes' : ''}
${LOCK}
${FINISH}
${FIND}
${LAYOUT}
${DESCRIBE}
${GENERATION}
${COMMIT}
${MIGRATE}
${REQUEST}
${JUDGE}
${KNOWN}
${COMPOSE}
${ADD}`),
    parse: parseEdited,
    assumed: {
      generation: '',
      digest: '',
      count: 0,
      changed: false,
      known: false,
      packages: [],
      warnings: [],
    },
    failed: refusal(store, options.typed),
  }
  return { query, stdin: requestOf(packages, provenanceOf(options.provenance), record?.head ?? '-') }
}

function parseEdited(stdout: string): Edited {
  const answer = parseAnswer(stdout)
  const [generation, digest, count, changed] = answer.first('generation') ?? []
  if (!generation || !digest) throw new TaskError('the store did not say which generation it made')
  const changes = new Map<string, PinChange>()
  for (const [name = ''] of answer.all('added')) changes.set(name, { type: 'added' })
  for (const [name = '', , was = ''] of answer.all('replaced')) changes.set(name, { type: 'replaced', was })
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

function requestOf(packages: readonly PackageToPin[], provenance: string, record: string): string {
  // Sorted: the script merges them with the manifest in one pass.
  const byName = [...packages].sort((one, other) => (one.name < other.name ? -1 : 1))
  const lines = byName.map((each) => {
    const certain = [parsePackageName(each.name), parsePackageVersion(each.version)]
    if (!('fileName' in each)) return [...certain, '-', '-', '='].join('\t')
    const file = parseDebFileName(each.fileName)
    if (!('path' in each)) return [...certain, file, '-', '-'].join('\t')
    const path = parseRemoteFolder(each.path, file)
    return [...certain, file, parseDigest(each.sha256), path, ...toldOf(each)].join('\t')
  })
  return [provenance, record, ...lines, '.', ''].join('\n')
}

function refuseTwice(packages: readonly PackageToPin[]): void {
  if (packages.length === 0) throw new UsageError('there is no package to add')
  const seen = new Set<string>()
  for (const each of packages) {
    for (const key of 'fileName' in each ? [each.name, `file ${each.fileName}`] : [each.name]) {
      if (seen.has(key)) throw new UsageError(`${key} is given twice in one edit`)
      seen.add(key)
    }
  }
}

function provenanceOf(provenance: AddOptions['provenance']): string {
  const json = JSON.stringify(provenance ?? null)
  if (Buffer.byteLength(json) > 65_536)
    throw new UsageError('the provenance of a package is larger than 64 KiB')
  return json
}

function parseDigest(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new UsageError(`${JSON.stringify(text.slice(0, 80))} is no sha256`)
}

const ADD = sh`find_stack "$stack" || { finish_if_left && find_stack "$stack"; } || die 72 no-stack "$stack"
hold=$meta/debs/.$id
begin
read_request
describe_plain
stage
lock
finish
layout
find_stack "$stack" || die 72 no-stack "$stack"
migrate
generation_of
[ -z "$expected_generation" ] || [ "$expected_generation" = "$current" ] ||
  die 79 stale "$stack" "$current" "$expected_generation"
judge 9>&-
compose 9>&-
note_build 9>&-
first_word "$root/gen/$domain/$current/.digest" || die 78 foreign-link "$place" "$current"
state=changed
[ "$digest" != "$word" ] || state=same
generation=$current
if [ "$state" = changed ]; then
  generation=$stamp-$id
  make_generation "$current" "$generation" add 9>&-
fi
if [ "$state" = changed ] || [ -d "$ready" ]; then settle_disk 9>&-; fi
accept
if [ "$state" = changed ]; then
  publish "$generation"
  flip "$generation"
  IFS= read -r changes <"$scratch/changes.json" || changes=
  record add "$generation" "\"$current\"" ",\"changes\":[$changes]"
fi
fact generation "$generation" "$digest" "$count" "$state"`
