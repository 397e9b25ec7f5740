import { TaskError } from '../shell/index.ts'
import { parseProjectName, parseRef, parseRepositoryUrl, parseWorkPath, prepare } from '../source/index.ts'
import type { Remote } from '../task/context.ts'
import type { KindVersions } from './builder.ts'
import { inspectFor, type Made, makePackages } from './make.ts'
import { type Recipe, recipeInputs, recipeOf } from './recipe.ts'

/** What is recorded of a build: enough to do it again. */
export interface RecordedBuild {
  readonly project: string
  readonly repository: string
  /** Full lower-case hex. */
  readonly commit: string
  readonly missile?: string
  readonly builder?: string
  readonly versions: Readonly<Record<string, string>>
  /** maintainer, init, compat, and the digest of pip's options; those that are absent are today's. */
  readonly settings: Readonly<Record<string, string>>
}

/** A build that was done again, and what of it may not be as it was then. */
export interface MadeAgain {
  readonly made: Made
  readonly remarks: readonly string[]
}

/** A working copy of its own, so that what `prepare` left for `build` stays; long names are cut. */
const placeName = (project: string): string => `${parseProjectName(project).slice(0, 100)}.again`

/**
 * Builds a recorded commit again with what is recorded of how it was built; what was not recorded, and passwords, are
 * those of the settings. Nothing is registered: the folder of what was made is the caller's to remove (`tidied`).
 * Throws a TaskError, also where too little is recorded.
 */
export async function buildAgain(
  remote: Remote,
  recorded: RecordedBuild,
  setting: (name: string) => unknown,
): Promise<MadeAgain> {
  const recipe = recipeAgain(recorded, setting)
  const source = {
    name: parseProjectName(placeName(recorded.project)),
    workPath: parseWorkPath(recipe.workPath),
    url: urlOf(recorded, setting),
    ref: parseRef(recorded.commit),
  }
  const { prepared, inspected: snapshot } = await remote.ask(prepare(source, inspectFor(recipe)), {
    title: `prepare ${recorded.project} ${recorded.commit.slice(0, 12)}`,
  })
  if (prepared.commit !== recorded.commit && !remote.dryRun)
    throw new TaskError(`${recorded.project}: ${prepared.commit} was prepared, and not ${recorded.commit}`)
  const made = await makePackages(remote, recipe, { prepared, snapshot, rebuild: true })
  const { pip } = recipeInputs(recipe, prepared)
  return { made, remarks: remarksOn(recorded, pip) }
}

function recipeAgain(recorded: RecordedBuild, setting: (name: string) => unknown): Recipe {
  const { missile, builder, settings } = recorded
  const versions = versionsOf(recorded)
  return recipeOf(recorded.project, (name) => settings[name] ?? setting(name), {
    versions,
    ...(missile !== undefined && { missilePath: missile }),
    ...(builder !== undefined && { builder }),
  })
}

function versionsOf({
  project,
  versions: { app, env, service, static: files },
}: RecordedBuild): KindVersions {
  if (app && env && service && files) return { app, env, service, static: files }
  throw new TaskError(
    `${project}: the versions of its packages were not recorded, so it cannot be built again`,
  )
}

/** The address in the settings may hold a password: it is taken where it is the same repository. */
function urlOf({ project, repository }: RecordedBuild, setting: (name: string) => unknown) {
  const own = setting(`projects.${project}.url`)
  const url = typeof own === 'string' && own !== '' ? parseRepositoryUrl(own) : undefined
  return url?.shown === repository ? url : parseRepositoryUrl(repository)
}

function remarksOn({ settings }: RecordedBuild, pip: unknown): readonly string[] {
  if (settings.pip === undefined)
    return ['maintainer, init, compat and pip_options were not recorded: they are those of now']
  return settings.pip === pip
    ? []
    : ['pip_options are others than they were (their digest is recorded, they are not)']
}
