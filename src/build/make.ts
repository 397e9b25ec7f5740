import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path/posix'
import { type Query, script, sh } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { chooseBuilder } from './build.ts'
import type { Artifact, KindVersions, Prepared, ProjectSnapshot } from './builder.ts'
import { inspect } from './inspect.ts'
import { logOf } from './log.ts'
import { expectMissile } from './missile-builder.ts'
import { buildName, type Recipe, versionsBy } from './recipe.ts'
import type { BuildRecord } from './record.ts'

/** What came of a build. Its folder and its log are left for whoever takes the packages; see `tidied`. */
export interface Made {
  readonly artifacts: readonly Artifact[]
  readonly versions: KindVersions
  readonly builder: 'trebuchet' | 'missile'
  /** Absolute, on the build machine. */
  readonly outputDir: string
  readonly logPath: string
  readonly record: BuildRecord
  /** Of the key the build machine proved to have; absent where it is this machine. */
  readonly hostKey?: string
}

/** Reads of a working copy what a builder must know of it; goes with `prepare` in one round trip. */
export const inspectFor =
  ({ missilePath, trebuchetBin, builder }: Recipe) =>
  (dir: string): Query<ProjectSnapshot> => {
    if (builder !== 'trebuchet') expectMissile()
    return inspect(dir, missilePath, trebuchetBin[0])
  }

/** What `makePackages` builds: a working copy, and what was read in it when it was prepared. */
export interface MakeRequest {
  readonly prepared: Prepared
  readonly snapshot: ProjectSnapshot
  /** A build of the same commit that another run has begun is not joined. */
  readonly rebuild?: boolean
}

/** Builds a prepared working copy as a durable job; says which builder it took and why. All packages, or a TaskError. */
export async function makePackages(
  remote: Remote,
  recipe: Recipe,
  { prepared, snapshot, rebuild = false }: MakeRequest,
): Promise<Made> {
  const { builder, why } = chooseBuilder(
    {
      choice: recipe.builder,
      project: prepared.project,
      host: remote.host.name,
      dryRun: remote.dryRun,
      trebuchet: { bin: recipe.trebuchetBin },
    },
    snapshot,
  )
  remote.log(why)
  const { maintainer, pipOptions, init, compat, missilePath, workPath } = recipe
  const versions = versionsBy(recipe, prepared)
  const name = `${prepared.project}-${prepared.commit.slice(0, 12)}`
  const wantedDir = `${workPath}/builds/${name}-${randomBytes(6).toString('hex')}`
  const durable = rebuild || buildName(recipe, { prepared, builder: builder.name })
  const { run, hostKey } = (await remote.circumstances?.()) ?? { run: '' }
  const { made: artifacts, record } = await builder.build(
    remote,
    {
      ...{ source: prepared, missilePath, versions, outputDir: wantedDir, durable, run },
      ...{ maintainer, pipOptions, init, compat, workPath },
    },
    snapshot,
  )
  const [first] = artifacts
  const outputDir = first === undefined || remote.dryRun ? wantedDir : dirname(first.path)
  return {
    ...{
      artifacts: artifacts.map((each) => withSbom(each, record, outputDir)),
      versions,
      builder: builder.name,
      outputDir,
      logPath: logOf(outputDir),
      record,
    },
    ...(hostKey === undefined ? {} : { hostKey }),
  }
}

function withSbom(artifact: Artifact, { sboms }: BuildRecord, dir: string): Artifact {
  const sbom = sboms.find((each) => each.package === artifact.name)
  if (sbom === undefined) return artifact
  return { ...artifact, sbom: { path: `${dir}/${sbom.fileName}`, sha256: sbom.sha256 } }
}

/**
 * A question that takes what was made into the store, with what tidies up: afterwards the build's folder and log are
 * gone, whatever came of it, and so are those that killed runs left behind more than a day ago.
 */
export const tidied = <T>(
  query: Query<T>,
  { outputDir, logPath }: Pick<Made, 'outputDir' | 'logPath'>,
): Query<T> => ({
  ...query,
  command: script(sh`trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'rm -rf -- "$gachette_made" "$gachette_made_log"' EXIT
gachette_made=${outputDir} gachette_made_log=${logPath}
(
${query.command}
)
status=$?
for each in "\${gachette_made%/*}"/*; do
  case $each in "$gachette_made" | "$gachette_made_log") continue ;; esac
  find "\${gachette_made%/*}" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf -- {} +
  break
done
exit "$status"`),
})
