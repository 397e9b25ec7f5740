export { BadManifest, digestOf } from './digest.ts'
export {
  BadRecord,
  type ChannelPointer,
  type FreezeRecord,
  parseChannelPointer,
  parseFreezeRecord,
} from './record.ts'
export { type ResolvedStack, type ResolveOptions, resolveStack, type TrustPolicy } from './resolve.ts'
