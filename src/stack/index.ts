export {
  type AddOptions,
  addPackages,
  type BuiltPackage,
  type Edit,
  type PackageToPin,
  type RegisteredPackage,
  type SoughtPackage,
} from './add.ts'
export { type Build, builtWith, findBuilds, type KnownBuild } from './builds.ts'
export { changesBetween, type PackageChange } from './changes.ts'
export {
  type BasePackages,
  CheckFailed,
  type CheckOptions,
  checkPackages,
  checkText,
  mustBring,
  mustPass,
  type Outside,
  outsideOf,
  type PackageToCheck,
  type SharedPaths,
  type StackCheck,
  type StackChecked,
  type StackFinding,
  stackCheck,
  type VersionChange,
  type WouldInstall,
} from './check/index.ts'
export { type Commit, type CommitHistory, type CommitRange, commitsBetween } from './commits.ts'
export { type Bump, type CreatedStack, createStack, type NewStack } from './create.ts'
export { debsPathFor } from './debs-path.ts'
export { type Delivered, deliver } from './deliver.ts'
export {
  type ComparedStack,
  type DiffOptions,
  diffStacks,
  type SourceChange,
  type StackDiff,
} from './diff.ts'
export { diffText } from './diff-text.ts'
export { type Adopted, findWritten, type WrittenPin, type WrittenStack } from './edit/adopt.ts'
export type { Edited, PinChange } from './edit/edited.ts'
export type { Freezing } from './edit/freeze.ts'
export type { Promoting } from './edit/promote.ts'
export {
  type Destination,
  type FreezeOptions,
  type FrozenStackNow,
  freeze,
  type PromotedStack,
  type PromoteOptions,
  promote,
  type Sign,
} from './edit/publish.ts'
export { FrozenStack, StaleRecord, WrittenThrough } from './edit/refusals.ts'
export type { EditOptions } from './edit/script.ts'
export {
  BadArchive,
  type BundleFile,
  bundleStack,
  type Exported,
  ExportMoved,
  exportStack,
  exportText,
  type Imported,
  importedText,
  importStack,
  NotExportable,
  type StackExport,
  type StackImport,
  type TakenIn,
} from './export/index.ts'
export { NoSuchStack, RegisteredOtherwise, StaleGeneration, UntrustedPackage } from './failure.ts'
export { collectGarbage, type Garbage, type GarbageKind, type GarbageOptions } from './gc.ts'
export { garbageText } from './gc-text.ts'
export type { ListedStack } from './list.ts'
export { type LoggedChange, type LoggedEdit, type StackLog, stackLog } from './log.ts'
export { logText } from './log-text.ts'
export type { Generation, Pin } from './manifest.ts'
export {
  type ChannelName,
  type DomainName,
  parseDomain,
  parseReadName,
  parseStackName,
  type RemoteFolder,
  type StackName,
} from './name.ts'
export { listPackages, packagesText, type StoredPackage } from './packages.ts'
export { editParams, namedParams, storeParams } from './params.ts'
export {
  type BuiltFrom,
  type CheckedFile,
  type Difference,
  isBuilt,
  mustBeSame,
  NotReproducible,
  originOf,
  type PackageOrigin,
  type PackageWhy,
  type PinnedIn,
  packageWhy,
  type Rebuilding,
  type RebuildOptions,
  type Rebuilt,
  type RebuiltPackage,
  rebuildPackages,
  rebuiltText,
  type Statement,
  statementOf,
  type WhichPackage,
  type WhichVersion,
  type Witnessed,
  whyText,
} from './provenance/index.ts'
export { type Registered, type RegisterOptions, registerPackages } from './register.ts'
export {
  type Deployed,
  type History,
  type ReportedOrigin,
  type ReportedPackage,
  type ReportOptions,
  reportPage,
  type StackReport,
  stackReport,
} from './report/index.ts'
export { type FoundStack, type Sought, type StackSearch, searchStacks, soughtOf } from './search.ts'
export { searchText } from './search-text.ts'
export { mustExist, type ShownStack, type StackState, showStack } from './show.ts'
export { createNextStack, listStacks, Stack, type StackOptions } from './stack.ts'
export type { Frozen, InChannel, OnHost } from './standing.ts'
export { parseStore, type Store, type StoreOptions } from './store.ts'
export { stacksText, stackText } from './text.ts'
export {
  BadManifest,
  BadRecord,
  type ChannelPointer,
  channelSigner,
  type FreezeRecord,
  mustHold,
  NotSigned,
  type Problem,
  Replayed,
  type ResolvedStack,
  type ResolveOptions,
  rememberPointer,
  resolveStack,
  type SigningSettings,
  signaturesText,
  signersNow,
  stackSigner,
  type ToSign,
  type TrustPolicy,
  trustPolicy,
  trustSettings,
  type Verified,
  type VerifiedChannel,
  type VerifiedStack,
  type VerifyOptions,
  verifiedText,
  verifyStacks,
  wantsSignature,
} from './trust/index.ts'
