import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseStackName } from '../name.ts'
import type { Store } from '../store.ts'
import { judgeRecord, type TrustPolicy } from './believe.ts'
import { places, readStack } from './read.ts'
import { type ChannelPointer, type FreezeRecord, parseChannelPointer, parseFreezeRecord } from './record.ts'
import { resolveStack } from './resolve.ts'
import { refuseReplayed, watched } from './seen.ts'
import { sign } from './sign.ts'
import type { Namespace } from './verify-signatures.ts'

/** What the settings say of signing and believing. */
export interface SigningSettings {
  readonly signingKey?: string
  readonly allowedSigners?: string
  readonly signaturesNeeded?: number
}

/** Reads allowed_signers, signatures_needed and signing_key, for tasks: `trustSettings(context.setting)`. */
export function trustSettings(setting: (name: string) => unknown): SigningSettings {
  const [signingKey, allowedSigners] = ['signing_key', 'allowed_signers'].map(setting)
  const needed = setting('signatures_needed')
  return {
    ...(typeof signingKey === 'string' && { signingKey }),
    ...(typeof allowedSigners === 'string' && { allowedSigners }),
    ...(typeof needed === 'number' && { signaturesNeeded: needed }),
  }
}

/** What is to be signed, and where it lies. */
export interface ToSign {
  readonly store: Store
  readonly stack: string
  readonly settings: SigningSettings
}

/**
 * Signs freeze records of a stack: only one that is of this stack, and of what it holds, counted here. The store might
 * show a record of something else.
 */
export const stackSigner =
  (remote: Remote, local: Remote, { store, stack, settings }: ToSign) =>
  async (bytes: string): Promise<readonly string[]> => {
    const record = parseFreezeRecord(Buffer.from(bytes), places.frozen(store.domain, stack))
    const found = await resolveStack(remote, local, { store, name: stack, policy: { unfrozen: true } })
    mustBe(record, { domain: store.domain, stack, digest: found.digest, count: found.packages.length })
    return [await signed(local, bytes, 'gachette-stack', settings)]
  }

/** Signs pointers of a channel: only one to this stack as it was frozen, and no older one than this machine has seen. */
export const channelSigner =
  (
    remote: Remote,
    local: Remote,
    { store, stack, channel, settings }: ToSign & { readonly channel: string },
  ) =>
  async (bytes: string): Promise<readonly string[]> => {
    const pointer = parseChannelPointer(Buffer.from(bytes), `the pointer of channel ${channel}`)
    const { digest } = await resolveStack(remote, local, { store, name: stack })
    mustBe(pointer, { domain: store.domain, channel, stack, digest })
    refuseReplayed(pointer, watched(remote, store, channel).last, Date.now())
    return [await signed(local, bytes, 'gachette-channel', settings)]
  }

/** Whether to sign: as somebody said, else where a signing_key is set. */
export const wantsSignature = (said: boolean | undefined, { signingKey }: SigningSettings): boolean =>
  said ?? signingKey !== undefined

/** Remembers a pointer that was just published from here, so that no older one is taken afterwards. */
export function rememberPointer(remote: Remote, store: Store, pointer: ChannelPointer): void {
  if (!remote.dryRun) watched(remote, store, pointer.channel).remember(pointer)
}

/**
 * Who of the allowed signers has signed a stack, or a channel's pointer; asked of the store, judged here. Undefined where
 * there are no allowed signers: then nothing is asked.
 */
export async function signersNow(
  remote: Remote,
  local: Remote,
  { store, name, policy }: { readonly store: Store; readonly name: string; readonly policy: TrustPolicy },
): Promise<readonly string[] | undefined> {
  if (policy.allowedSigners === undefined || remote.dryRun) return undefined
  const { files, channel, stack } = await remote.ask(readStack(store, parseStackName(name)), {
    title: `read signatures of ${name}`,
  })
  const claimed = channel
    ? { file: places.pointer(store.domain, name, channel.number), namespace: 'gachette-channel' as const }
    : { file: places.frozen(store.domain, stack), namespace: 'gachette-stack' as const }
  const verdict = await judgeRecord(local, { ...claimed, files, what: name, signLine: '' }, policy)
  return verdict.signers
}

/** `1 of 2 signatures (ann@desk)`. */
export function signaturesText(signers: readonly string[], needed = 1): string {
  const by = signers.length === 0 ? '' : ` (${signers.join(', ')})`
  return `${signers.length} of ${needed} ${needed === 1 ? 'signature' : 'signatures'}${by}`
}

async function signed(
  local: Remote,
  bytes: string,
  namespace: Namespace,
  { signingKey, allowedSigners }: SigningSettings,
): Promise<string> {
  const { text } = await sign(local, Buffer.from(bytes), {
    namespace,
    ...(signingKey !== undefined && { signingKey }),
    ...(allowedSigners !== undefined && { allowedSigners }),
  })
  return text
}

function mustBe(record: FreezeRecord | ChannelPointer, asked: Readonly<Record<string, unknown>>): void {
  const claims = new Map<string, unknown>(Object.entries(record))
  const wrong = Object.entries(asked).find(([key, value]) => claims.get(key) !== value)
  if (wrong === undefined) return
  const [key, value] = wrong
  throw new TaskError(
    `the store's record says ${key} ${String(claims.get(key))}, and it is ${String(value)}: nothing was signed`,
    { hint: 'see what is wrong with it:  gachette stack verify' },
  )
}
