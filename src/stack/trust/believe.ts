import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { type Packed, signaturesBeside } from './packed.ts'
import { type Namespace, type Verdict, verifySignatures } from './verify-signatures.ts'

/** Whom to believe, and what to believe of whom. */
export interface TrustPolicy {
  /** A local file in the form of ssh-keygen's ALLOWED SIGNERS; unless given nobody's signature is asked for. */
  readonly allowedSigners?: string
  /** How many of them must have signed; 1 unless given. */
  readonly signaturesNeeded?: number
  /** Take a stack that is not frozen, too; never where there are allowed signers. */
  readonly unfrozen?: boolean
}

/** Fewer of the allowed signers than must have signed a record. */
export class NotSigned extends TaskError {
  override readonly code = 'not-signed'
}

/** A record that was read, to be believed for its signatures. */
export interface Claimed {
  /** Its path below META, and where its signatures are found. */
  readonly file: string
  readonly files: Packed
  readonly namespace: Namespace
  /** `stack 1.4.0`, `number 7 of channel production`. */
  readonly what: string
  /** The line that signs it. */
  readonly signLine: string
}

/** Who of the allowed signers has signed a record; nobody is asked for where no policy names any. */
export async function judgeRecord(
  local: Remote,
  { file, files, namespace }: Claimed,
  { allowedSigners }: TrustPolicy,
): Promise<Verdict> {
  const bytes = files.get(file)
  if (allowedSigners === undefined || bytes === undefined) return { signers: [], bad: [] }
  return verifySignatures(local, bytes, {
    signatures: signaturesBeside(files, file),
    namespace,
    allowedSigners,
  })
}

/** The same; throws a NotSigned that names each signature that does not hold, where they are too few. */
export async function believe(
  local: Remote,
  claimed: Claimed,
  policy: TrustPolicy,
): Promise<readonly string[]> {
  const verdict = await judgeRecord(local, claimed, policy)
  const lacking = lackingText(claimed, verdict, policy)
  if (lacking !== undefined)
    throw new NotSigned(lacking, { hint: `who may sign it does so by:  ${claimed.signLine}` })
  return verdict.signers
}

/** What is missing, and why each signature that is there does not count; undefined where they are enough. */
export function lackingText(
  { what, file }: Claimed,
  { signers, bad }: Verdict,
  { allowedSigners, signaturesNeeded = 1 }: TrustPolicy,
): string | undefined {
  if (allowedSigners === undefined || signers.length >= signaturesNeeded) return undefined
  const by = signers.length === 0 ? '' : ` (${signers.join(', ')})`
  return [
    `${what} has ${signers.length} of ${signaturesNeeded} signatures${by}: ${file}`,
    ...bad.map((each) => `${each.file}: ${each.what}`),
  ].join('\n')
}
