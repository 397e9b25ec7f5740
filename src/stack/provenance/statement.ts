import type { Made, Prepared, Recipe } from '../../build/index.ts'
import { recipeInputs } from '../../build/index.ts'
import { withoutCredentials } from './credentials.ts'
import { BUILD_TYPE, BUILDER, SLSA, STATEMENT } from './words.ts'

/** An in-toto statement, plain JSON: what was made, and how. */
export type Statement = Readonly<Record<string, unknown>>

/** What a statement is made of: nothing that a builder's answer and the settings do not say already. */
export interface Witnessed {
  readonly recipe: Recipe
  readonly prepared: Prepared
  readonly made: Made
  /** Of this program. */
  readonly version: string
  /** As the controller calls the build machine. */
  readonly host: string
  /** Why no stack may pin what was made, where that is so: `pull request 12 of a fork`. */
  readonly untrusted?: string | undefined
}

/** Well below the 64 KiB the store takes. */
const MOST_BYTES = 60_000
const LONGEST_COMMAND = 500

/**
 * The provenance of everything one build made: an in-toto Statement v1 with an SLSA Provenance v1 predicate. It holds no
 * secret: repositories without credentials, options of pip by their digest alone. Commands are left out, from the last,
 * where it would be larger than the store takes.
 */
export function statementOf(witnessed: Witnessed): Statement {
  const commands = witnessed.made.record.commands.map((command) =>
    withoutCredentials(command).slice(0, LONGEST_COMMAND),
  )
  for (;;) {
    const statement = stated(witnessed, commands)
    const excess = Buffer.byteLength(JSON.stringify(statement)) - MOST_BYTES
    if (excess <= 0 || commands.length === 0) return statement
    commands.splice(-Math.ceil(commands.length / 2))
  }
}

function stated(witnessed: Witnessed, commands: readonly string[]): Statement {
  const { recipe, prepared, made, version, host, untrusted } = witnessed
  const { record, artifacts } = made
  const { missilePath, maintainer, init, compat } = recipe
  return {
    _type: STATEMENT,
    subject: artifacts.map(({ name, version, architecture, fileName, sha256 }) => ({
      name: fileName,
      digest: { sha256 },
      annotations: { package: name, version, architecture },
    })),
    predicateType: SLSA,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          project: prepared.project,
          repository: prepared.url,
          ref: prepared.ref ?? null,
          missile: missilePath,
          builder: recipe.builder,
          versions: made.versions,
          settings: { maintainer, init, compat, pip: recipeInputs(recipe, prepared).pip },
        },
        internalParameters: {
          // The working copy is made exactly the commit, under its lock, before a builder takes anything of it.
          dirty: false,
          machine: {
            name: host,
            ...record.machine,
            ...(made.hostKey !== undefined && { hostKey: made.hostKey }),
          },
          commands,
        },
        resolvedDependencies: dependenciesOf(prepared),
      },
      runDetails: {
        builder: { id: `${BUILDER}${made.builder}`, version: { gachette: version } },
        metadata: { invocationId: record.run, startedOn: record.startedAt, finishedOn: record.finishedAt },
        byproducts: byproductsOf(made),
      },
      // A field of our own, named as SLSA has it for such: VENDOR_NAME.
      ...(untrusted !== undefined && { gachette_untrusted: untrusted }),
    },
  }
}

const dependenciesOf = ({ url, commit, submodules = [] }: Prepared) => [
  { uri: `git+${url}@${commit}`, digest: { gitCommit: commit } },
  ...submodules.map(({ path, url, commit }) => ({
    name: path,
    uri: `git+${withoutCredentials(url)}@${commit}`,
    digest: { gitCommit: commit },
  })),
]

const byproductsOf = ({ record: { logSha256, sboms } }: Made) => [
  ...(logSha256 === undefined ? [] : [{ name: 'build.log', digest: { sha256: logSha256 } }]),
  ...sboms.map((sbom) => ({
    name: 'sbom.json',
    digest: { sha256: sbom.sha256 },
    mediaType: 'application/vnd.cyclonedx+json',
    annotations: { package: sbom.package },
  })),
]
