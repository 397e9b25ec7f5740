export { EXIT as SOURCE_EXIT, type Subject, sourceFailure } from './exits.ts'
export { headOf, type WorkingCopyPlace } from './place.ts'
export {
  askAtCommit,
  atCommit,
  current,
  type InspectWith,
  type PreparedAnd,
  type PrepareRequest,
  prepare,
} from './prepare.ts'
export type { Prepared, Submodule } from './prepared.ts'
export { type ProjectName, parseProjectName, parseWorkPath, type WorkPath } from './project.ts'
export { parseRef, type Ref } from './ref.ts'
export { type Credentials, parseRepositoryUrl, type RepositoryUrl } from './repository.ts'
export { WorkingCopy } from './working-copy.ts'
