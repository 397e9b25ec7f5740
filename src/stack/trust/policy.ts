import type { TrustPolicy } from './believe.ts'

/** Whom the settings believe: `allowed_signers`, and how many of them must have signed (`signatures_needed`). */
export function trustPolicy(setting: (name: string) => unknown): TrustPolicy {
  const [allowedSigners, needed] = [setting('allowed_signers'), setting('signatures_needed')]
  return {
    ...(typeof allowedSigners === 'string' && { allowedSigners }),
    ...(typeof needed === 'number' && { signaturesNeeded: needed }),
  }
}
