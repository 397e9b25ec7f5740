import { type Artifact, buildAgain, type MadeAgain, type RecordedBuild, tidied } from '../../build/index.ts'
import { sh, TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseStore, type StoreOptions } from '../store.ts'
import { compareDebs, type Difference } from './contents.ts'
import type { FoundPackage } from './look-up.ts'
import { type BuiltFrom, isBuilt, originOf } from './origin.ts'
import { rebuiltText } from './rebuild-text.ts'
import { findPackage, type WhichPackage } from './why.ts'

/** How packages are built again. */
export interface RebuildOptions extends StoreOptions {
  readonly packages: readonly WhichPackage[]
  /** Where they are built; where the store is unless given. */
  readonly builder?: Remote
  /** For what was not recorded: passwords, options of pip, work_path. */
  readonly setting: (name: string) => unknown
}

/** What came of building packages again. */
export interface Rebuilding {
  readonly builds: readonly Rebuilt[]
  /** Those that cannot be built again: nobody recorded what they were built of. */
  readonly unrecorded: readonly { readonly name: string; readonly version: string }[]
}

/** One build that was done again. */
export interface Rebuilt {
  readonly project: string
  readonly repository: string
  readonly commit: string
  /** Where it was built again. */
  readonly host: string
  readonly builder: string
  /** Whether every package has the bytes it had. */
  readonly same: boolean
  readonly packages: readonly RebuiltPackage[]
  /** What may not have been as it was then. */
  readonly remarks: readonly string[]
}

/** A package that was built again, beside the one that is recorded. */
export interface RebuiltPackage {
  readonly name: string
  readonly version: string
  /** sha256 as it is recorded. */
  readonly recorded: string
  /** sha256 of what was built now; absent where the build makes no such package any more. */
  readonly rebuilt?: string
  readonly same: boolean
  /** The first paths that differ; where the recorded .deb is lost, nothing can be said of them. */
  readonly differences: readonly Difference[]
  /** How many paths differ. */
  readonly differing: number
}

/** A build that was done again gave other bytes; the message says which, and where they differ. */
export class NotReproducible extends TaskError {
  override readonly code = 'not-reproducible'
}

const MOST_DIFFERENCES = 20

/**
 * Builds what is recorded again, from the recorded commit with the recorded inputs, each build once however many of its
 * packages are asked for, and compares byte for byte. A difference is an answer, no error: it is in `same`. Nothing is
 * registered, and nothing of it stays on the build machine. Throws a TaskError where a build fails.
 */
export async function rebuildPackages(
  remote: Remote,
  { packages, builder = remote, setting, ...options }: RebuildOptions,
): Promise<Rebuilding> {
  const store = parseStore(options)
  const builds = new Map<string, { readonly recorded: RecordedBuild; readonly members: FoundPackage[] }>()
  const seen = new Set<string>()
  const unrecorded: { name: string; version: string }[] = []
  for (const each of packages) {
    const found = await findPackage(remote, store, each)
    if (seen.has(`${found.name} ${found.version}`)) continue
    seen.add(`${found.name} ${found.version}`)
    // In a dry run nobody knows of what it was built.
    if (remote.dryRun) continue
    const recorded = recordedOf(found)
    if (recorded === undefined) {
      unrecorded.push({ name: found.name, version: found.version })
      continue
    }
    const key = JSON.stringify(recorded)
    const known = builds.get(key)
    if (known) known.members.push(found)
    else builds.set(key, { recorded, members: [found] })
  }
  const rebuilt: Rebuilt[] = []
  for (const { recorded, members } of builds.values()) {
    const again = await buildAgain(builder, recorded, setting)
    try {
      const compared: RebuiltPackage[] = []
      for (const member of members)
        compared.push(await compare(member, again.made.artifacts, { remote, builder, store }))
      rebuilt.push(answerOf(recorded, again, compared, builder.host.name))
    } finally {
      await builder.run(tidied({ command: sh`:`, parse: () => '', assumed: '' }, again.made).command, {
        title: 'remove what was built again',
      })
    }
  }
  return { builds: rebuilt, unrecorded }
}

/** Throws a NotReproducible with all that differs, if anything does, and where nothing could be built again. */
export function mustBeSame(rebuilding: Rebuilding): void {
  const { builds, unrecorded } = rebuilding
  const [first] = unrecorded
  if (builds.length === 0 && first !== undefined)
    throw new TaskError(
      `${first.name} ${first.version}: nobody recorded what it was built of, so it cannot be built again`,
    )
  const others = builds.filter(({ same }) => !same)
  if (others.length > 0)
    throw new NotReproducible(rebuiltText({ builds: others, unrecorded }), {
      hint: 'the build takes something in that changes, or the machine is another than it was',
      found: rebuilding,
    })
}

function answerOf(
  { project, repository, commit }: RecordedBuild,
  { made, remarks }: MadeAgain,
  packages: readonly RebuiltPackage[],
  host: string,
): Rebuilt {
  const same = packages.every((each) => each.same)
  return { project, repository, commit, host, builder: made.builder, same, packages, remarks }
}

function recordedOf({ manifest }: FoundPackage): RecordedBuild | undefined {
  const origin = originOf(manifest?.provenance)
  const built: BuiltFrom | undefined = isBuilt(origin) ? origin : undefined
  const { repository, commit, missile, builder, versions = {}, settings = {} } = built ?? {}
  if (repository === undefined || commit === undefined) return undefined
  return {
    // Before there were statements nobody wrote down the project: the name of its repository serves as one.
    project:
      built?.project ?? /([A-Za-z0-9_][A-Za-z0-9._+~-]*?)(?:\.git)?\/?$/.exec(repository)?.[1] ?? 'project',
    repository,
    commit,
    ...(missile !== undefined && { missile }),
    ...(builder !== undefined && { builder }),
    versions,
    settings,
  }
}

async function compare(
  { name, version, manifest, file, deb }: FoundPackage,
  artifacts: readonly Artifact[],
  at: { readonly remote: Remote; readonly builder: Remote; readonly store: { readonly meta: string } },
): Promise<RebuiltPackage> {
  const recorded = String(manifest?.sha256 ?? '')
  const found = artifacts.find((each) => each.name === name && each.version === version)
  const same = found !== undefined && found.sha256 === recorded
  const facts = { name, version, recorded, ...(found && { rebuilt: found.sha256 }), same }
  if (same || found === undefined || deb !== recorded) return { ...facts, differences: [], differing: 0 }
  const all = await compareDebs(
    { remote: at.remote, path: `${at.store.meta}/debs/${file}` },
    { remote: at.builder, path: found.path },
  )
  return { ...facts, differences: all.slice(0, MOST_DIFFERENCES), differing: all.length }
}
