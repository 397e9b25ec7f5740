export {
  type RecordedAnswer,
  type RecordedCall,
  type RecordedScript,
  type RecordedSession,
  recordedSession,
} from '../session/index.ts'
export { type Rehearsal, type Rehearsed, rehearse } from './rehearse.ts'
export { type ThrowawayHost, type ThrowawayOptions, throwawayHost } from './throwaway-host.ts'
