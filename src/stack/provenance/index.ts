export { type BuiltFrom, isBuilt, originOf, type PackageOrigin } from './origin.ts'
export { type Statement, statementOf, type Witnessed } from './statement.ts'
