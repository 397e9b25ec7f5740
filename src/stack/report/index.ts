export { type ReportOptions, stackReport } from './collect.ts'
export type { Commit, Deployed, History, Origin, ReportedPackage, StackReport } from './data.ts'
export { reportPage } from './page.ts'
