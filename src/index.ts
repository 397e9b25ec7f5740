// What tasks, examples and programs import as 'gachette'. Nothing here connects, prints or exits by being imported.
export * from './build/index.ts'
export {
  type Diagnosis,
  diagnosisLines,
  examine,
  examineHere,
  type Finding,
  type MachineFacts,
  type Purpose,
} from './doctor/index.ts'
export {
  expandRanges,
  foldNames,
  type Host,
  type LocalHost,
  type SshHost,
  type Variable,
  type Variables,
} from './inventory/index.ts'
export { recordedEvents, recordedRuns } from './journal/library.ts'
export type { RunSummary } from './journal/runs.ts'
export type { RunState } from './journal/state.ts'
export {
  type Call,
  CommandFailed,
  type OnHostOptions,
  onHost,
  type PlanDocument,
  plan,
  type RunEvent,
  type RunOrder,
  type RunOutcome,
  run,
  type ScriptOptions,
  type StepOutcome,
  type StepReport,
} from './run/index.ts'
export type { CommandOutcome, RemoteFate } from './session/index.ts'
export * from './shell/index.ts'
export * from './source/index.ts'
export * from './stack/index.ts'
export type {
  ArgsOf,
  Ask,
  Check,
  CommandResult,
  InputOf,
  Invocation,
  ParamSpec,
  ParamSpecs,
  ParamType,
  Remote,
  Retry,
  Run,
  RunOptions,
  SettingLookup,
  Task,
  TaskContext,
  TaskDefinition,
} from './task/index.ts'
export { calledAs, defineTask } from './task/index.ts'
export { programVersions, version } from './version.ts'
