export type { Difference } from './contents.ts'
export type { PinnedIn, WhichVersion } from './look-up.ts'
export { type BuiltFrom, isBuilt, originOf, type PackageOrigin } from './origin.ts'
export {
  mustBeSame,
  NotReproducible,
  type Rebuilding,
  type RebuildOptions,
  type Rebuilt,
  type RebuiltPackage,
  rebuildPackages,
} from './rebuild.ts'
export { rebuiltText } from './rebuild-text.ts'
export { type Statement, statementOf, type Witnessed } from './statement.ts'
export { type CheckedFile, type PackageWhy, packageWhy, type WhichPackage } from './why.ts'
export { whyText } from './why-text.ts'
