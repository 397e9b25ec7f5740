import { createHash } from 'node:crypto'
import { printable, UsageError } from '../shell/index.ts'
import type { BuilderChoice } from './build.ts'
import type { BuildRequest, KindVersions, Prepared } from './builder.ts'
import { kindVersions, type VersionRequest, type VersionScheme } from './versions.ts'

/** How a project is built: everything beside the commit that decides what comes of it. */
export interface Recipe
  extends Pick<BuildRequest, 'maintainer' | 'pipOptions' | 'init' | 'compat' | 'missilePath' | 'workPath'> {
  readonly builder: BuilderChoice
  /** The trebuchet program, and words in front of its own arguments. */
  readonly trebuchetBin: readonly [string, ...string[]]
  readonly versionScheme: VersionScheme
  readonly baseVersion?: string | undefined
  /** Versions that are not to follow from the commit. */
  readonly versions: Partial<KindVersions>
}

/**
 * The recipe of a project: what is given, else its settings, else the defaults. `setting` looks a setting up by its
 * dotted name, as a task's context does; a plain script may answer undefined to everything.
 */
export function recipeOf(
  project: string,
  setting: (name: string) => unknown,
  given: {
    readonly missilePath?: string
    readonly builder?: string
    readonly versions?: Partial<KindVersions>
  } = {},
): Recipe {
  const text = (name: string) => textOf(setting(name))
  const [program = 'trebuchet', ...words] = wordsOf(setting('trebuchet_bin'))
  const own = (name: string) => text(`projects.${project}.${name}`)
  return {
    missilePath: parseMissilePath(given.missilePath ?? own('path_to_missile') ?? '.missile.yml'),
    builder: oneOf('builder', given.builder ?? own('builder') ?? text('builder'), [
      'auto',
      'trebuchet',
      'missile',
    ]),
    trebuchetBin: [program, ...words],
    versionScheme: oneOf('version_scheme', text('version_scheme'), ['dated', 'rev']),
    baseVersion: own('base_version'),
    maintainer: text('maintainer') ?? 'Gachette <gachette@localhost>',
    pipOptions: wordsOf(setting('pip_options')),
    init: oneOf('init', text('init'), ['systemd', 'upstart']),
    compat: oneOf('compat', text('compat'), ['none', 'upstream']),
    workPath: text('work_path') ?? '/var/gachette',
    versions: given.versions ?? {},
  }
}

/** The versions a recipe gives a commit's packages: they hold all that its ref and its tags decide. */
export const versionsBy = (
  { baseVersion, versionScheme, versions }: Recipe,
  source: VersionRequest['source'],
): KindVersions => kindVersions({ source, baseVersion, scheme: versionScheme }, versions)

/** What decides beside the commit what comes of it, for the store's memory of builds, which everybody may read. */
export function recipeInputs(
  recipe: Recipe,
  source: VersionRequest['source'],
): Record<string, string | readonly string[]> {
  const { builder, compat, init, maintainer, missilePath, pipOptions } = recipe
  const versions = Object.entries(versionsBy(recipe, source)).map(([kind, version]) => `${kind}=${version}`)
  // Options of pip may hold the password of an index.
  const pip = createHash('sha256').update(JSON.stringify(pipOptions)).digest('hex').slice(0, 16)
  return { builder, compat, init, maintainer, missilePath, pip, versions }
}

/** Grows when what a build answers is to be read in another way. */
const ANSWER = 2

/** The durable job of a build, so that whoever starts the same build again finds it: all that decides it is in the name. */
export function buildName(
  recipe: Recipe,
  { prepared, builder }: { readonly prepared: Prepared; readonly builder: string },
): string {
  const { workPath, trebuchetBin } = recipe
  const { project, commit, url, dir } = prepared
  const inputs = [
    ANSWER,
    recipeInputs(recipe, prepared),
    builder,
    workPath,
    trebuchetBin,
    project,
    commit,
    url,
    dir,
  ]
  const digest = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16)
  return `build-${project.replace(/[^A-Za-z0-9._+~-]/g, '_').slice(0, 60)}-${commit.slice(0, 12)}-${digest}`
}

/** The way to a missile from the root of the working copy; never out of it. */
function parseMissilePath(path: string): string {
  const steps = path.split('/')
  const isSafe =
    /^[^-/\p{C}\p{Zl}\p{Zp}][^\p{C}\p{Zl}\p{Zp}]*$/u.test(path) &&
    path.length <= 1024 &&
    !steps.includes('..') &&
    steps.at(-1) !== ''
  if (isSafe) return path
  throw new UsageError(`${printable(path)} is no path to a missile`, {
    hint: 'it is relative to the working copy, such as  .missile.yml  or  apps/shop/.missile.yml',
  })
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const wordsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []

function oneOf<const T extends readonly [string, ...string[]]>(
  name: string,
  value: string | undefined,
  words: T,
): T[number] {
  const found = value === undefined ? words[0] : words.find((word) => word === value)
  if (found !== undefined) return found
  throw new UsageError(`${name} is ${printable(value ?? '')}; it must be ${words.join(', ')}`)
}
