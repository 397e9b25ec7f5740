export { type ReportOptions, stackReport } from './collect.ts'
export type { Deployed, History, ReportedOrigin, ReportedPackage, StackReport } from './data.ts'
export { reportPage } from './page.ts'
