export type { BasePackages } from './base.ts'
export { type CheckOptions, checkPackages, outsideOf } from './check.ts'
export type { Finding, Outside, SharedPaths } from './finding.ts'
export type { PackageToCheck } from './member.ts'
