export { NotSigned, type TrustPolicy } from './believe.ts'
export { BadManifest, digestOf } from './digest.ts'
export { trustPolicy } from './policy.ts'
export type { Problem } from './problem.ts'
export {
  BadRecord,
  type ChannelPointer,
  type FreezeRecord,
  parseChannelPointer,
  parseFreezeRecord,
} from './record.ts'
export { type ResolvedStack, type ResolveOptions, resolveStack } from './resolve.ts'
export { Replayed } from './seen.ts'
export { type Signature, type SigningOptions, sign } from './sign.ts'
export {
  channelSigner,
  rememberPointer,
  type SigningSettings,
  signaturesText,
  signersNow,
  stackSigner,
  type ToSign,
  trustSettings,
  wantsSignature,
} from './signing.ts'
export { verifiedText } from './text.ts'
export {
  mustHold,
  type Verified,
  type VerifiedChannel,
  type VerifiedStack,
  type VerifyOptions,
  verifyStacks,
} from './verify.ts'
export {
  type BadSignature,
  type Namespace,
  type SignedBy,
  type Verdict,
  verifySignatures,
} from './verify-signatures.ts'
