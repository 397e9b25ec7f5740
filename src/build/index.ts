export { buildAgain, type MadeAgain, type RecordedBuild } from './again.ts'
export { describeDebs } from './artifacts.ts'
export { type BuilderChoice, type ChooseRequest, type ChosenBuilder, chooseBuilder } from './build.ts'
export type {
  Artifact,
  Builder,
  BuildRequest,
  Inspect,
  KindVersions,
  Prepared,
  ProjectSnapshot,
  Submodule,
} from './builder.ts'
export { inspect } from './inspect.ts'
export { inspectFor, type Made, type MakeRequest, makePackages, tidied } from './make.ts'
export { missileBuilder } from './missile-builder.ts'
export { type Recipe, recipeInputs, recipeOf } from './recipe.ts'
export type { BuildMachine, BuildRecord, Recorded, Sbom } from './record.ts'
export { type TrebuchetOptions, trebuchetBuilder } from './trebuchet.ts'
export { kindVersions, type VersionRequest, type VersionScheme, versionOf } from './versions.ts'
export { postWebcallback, type WebcallbackOutcome, webcallback } from './webcallback.ts'
