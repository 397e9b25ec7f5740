export {
  addNamed,
  type BindOptions,
  bind,
  callOf,
  findParam,
  secretsOf,
  type TaskCall,
  textOf,
  unknownParam,
} from './bind.ts'
export { calledAs } from './called-as.ts'
export {
  type Args,
  capacityOf,
  completeArgs,
  dashed,
  defaultOf,
  isRequired,
  positionalOf,
  projectParam,
  settingsOf,
  usageOf,
} from './complete.ts'
export type * from './context.ts'
export { defineTask, isTask, type TaskDefinition } from './define.ts'
export { describeTask, type NamedTask, type TaskDescription } from './describe.ts'
export { findTaskFiles, type TaskFile, type TaskPlaces } from './files.ts'
export { type LoadedFile, type LoadOptions, loadTaskFiles } from './load.ts'
export { nameOfTask } from './names.ts'
export type { ArgsOf, InputOf } from './params.ts'
export { builtInTasks, findTask, mergeTasks, userTasks } from './registry.ts'
export type {
  AnyParam,
  HostGroup,
  Invocation,
  ParamSpec,
  ParamSpecs,
  ParamType,
  SettingLookup,
  Task,
  TaskContext,
  TaskHost,
} from './task.ts'
export { splitAtCommas } from './value.ts'
