/**
 * For tests of users' own tasks: {@link rehearse} runs a task against answers from a script, {@link throwawayHost} is a
 * real SSH server in the test's own process.
 *
 * @module gachette/testing
 */
export {
  type CopyOptions,
  type ExecOptions,
  type ExecResult,
  type RecordedAnswer,
  type RecordedCall,
  type RecordedScript,
  type RecordedSession,
  recordedSession,
  type Session,
  type Terminal,
} from '../session/index.ts'
export { type Rehearsal, type Rehearsed, rehearse } from './rehearse.ts'
export { type ThrowawayHost, type ThrowawayOptions, throwawayHost } from './throwaway-host.ts'
