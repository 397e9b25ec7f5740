import { fingerprint } from '../inventory/index.ts'
import { UnreachableError } from '../shell/index.ts'
import type { HostKeyPolicy } from './connect-settings.ts'
import { acquaintance, hostKeyAlgorithms, judge, offeredKey, refusal } from './host-key.ts'
import type { KnownHostsFiles } from './known-hosts-files.ts'
import type { Target } from './target.ts'

/** The check of one host's key during one attempt. */
export interface HostKeyCheck {
  readonly algorithms: ReturnType<typeof hostKeyAlgorithms>
  /** Exactly true or false, at once: ssh2 takes anything else for yes, and asks again at each rekey. */
  readonly verify: (key: Buffer) => boolean
  /** Why the key was refused. */
  refusal(): UnreachableError | undefined
  fingerprint(): string
  /** Once the host has proved to have the key: writes it down when it is new. */
  settle(): Promise<void>
}

/** Reads what is known of a target, so that its key can be judged at once. Rejects with an UnreachableError. */
export async function hostKeyCheck(
  target: Target,
  policy: HostKeyPolicy,
  knownHosts: KnownHostsFiles,
  warn: (message: string) => void,
): Promise<HostKeyCheck> {
  const files = target.knownHostsFiles
  const lines = await knownHosts.lines(files).catch((error: Error) => {
    throw new UnreachableError('host-key-unknown', `${target.host.name}: ${error.message}`, {
      hint: 'known_hosts is there, but cannot be read',
    })
  })
  let accepted: Buffer | undefined
  let refused: UnreachableError | undefined
  const atFirst = acquaintance(lines, target.knownAs)
  const isKnown = (key: Buffer) => judge(atFirst, key).type === 'known'
  const judged = (key: Buffer) => {
    // A file may have changed since the run began; before anything but "known" is said, it is read again.
    const now = acquaintance(knownHosts.linesNow(files), target.knownAs)
    const verdict = judge(now, key)
    return { verdict, refused: refusal(verdict, target, offeredKey(key), now, policy) }
  }
  return {
    algorithms: hostKeyAlgorithms(atFirst),
    verify(key) {
      if (accepted) return accepted.equals(key)
      refused = isKnown(key) ? undefined : judged(key).refused
      if (refused) return false
      accepted = Buffer.from(key)
      return true
    },
    refusal: () => refused,
    fingerprint: () => (accepted ? fingerprint(accepted) : ''),
    async settle() {
      const key = accepted
      const [file] = files
      const [name] = target.knownAs
      if (policy !== 'accept-new' || !key || !file || !name || isKnown(key)) return
      await knownHosts.inTurn(async () => {
        // Two connections that meet a new host must agree on its key.
        const now = judged(key)
        if (now.refused) throw now.refused
        if (now.verdict.type !== 'unknown') return
        await knownHosts.append(file, name, key, target.hashKnownHosts).catch((error: Error) => {
          warn(`${target.host.name}: its new key could not be written down: ${error.message}`)
        })
      })
    },
  }
}
