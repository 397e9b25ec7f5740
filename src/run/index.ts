export * from './events.ts'
export {
  type ExecuteOptions,
  execute,
  type OpenOptions,
  type OpenSession,
  type RunOutcome,
  type StepReport,
} from './execute.ts'
export { here, type Plan, type PlanHost, type PlanStep, planRun } from './plan.ts'
