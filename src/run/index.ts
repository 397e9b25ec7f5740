export { type Batch, batchesOf, type Rollout } from './batches.ts'
export { CommandFailed, type FailedOutcome, fateText } from './command-failed.ts'
export { connectionsOf } from './connections.ts'
export * from './events.ts'
export {
  type ExecuteOptions,
  execute,
  type OpenOptions,
  type OpenSession,
  type RunOutcome,
} from './execute.ts'
export { hostsFor } from './hosts-for.ts'
export { eventLine, jsonText } from './json-text.ts'
export { Masks } from './masks/masks.ts'
export { outcomeName } from './outcome-name.ts'
export { here, type Plan, type PlanHost, type PlanStep, planRun } from './plan.ts'
export { type PlanDocument, type PlannedBatch, type PlannedStep, planDocument } from './plan-document.ts'
export { type CommandText, REQUEST_VERSION, type RunRequest } from './request.ts'
export { runId } from './run-id.ts'
export type { Earlier } from './run-scope.ts'
export { runSettings } from './run-settings.ts'
export { type FindOptions, findHosts, findSettings, type Selected } from './script/find.ts'
export { type OnHostOptions, onHost } from './script/on-host.ts'
export { type Call, plan, type RunOrder, run } from './script/run.ts'
export type { ScriptOptions } from './script/script.ts'
export type { StepReport } from './step.ts'
