import { type Query, sh, TaskError } from '../../shell/index.ts'
import { type AllowedSigner, names } from './allowed-signers.ts'
import { parsePublicLine, type SshKey } from './ssh-key.ts'

/** A key that the ssh agent has, and its comment. */
export interface AgentKey extends SshKey {
  readonly comment: string
}

/** The keys of the ssh agent of this machine. Fails with what to type where there is no agent, or no key in it. */
export const agentKeys: Query<readonly AgentKey[]> = {
  command: sh`ssh-add -L 2>/dev/null`,
  parse: (stdout) => stdout.split('\n').flatMap(agentKey),
  assumed: [],
  // ssh-add(1), EXIT STATUS: 1 there is no key, 2 there is no agent.
  failed: ({ exitCode }) => {
    if (exitCode === 1) return new TaskError('the ssh agent has no key to sign with', { hint: ADD })
    if (exitCode === 2)
      return new TaskError('there is no ssh agent to sign with', {
        hint: `start one, with a key in it:  eval "$(ssh-agent)" && ssh-add\nor name a key's file:  signing_key: ~/.ssh/id_ed25519`,
      })
    if (exitCode === 127) return new TaskError('ssh-add is not installed on this machine')
    return undefined
  },
}

const ADD = 'put one there:  ssh-add ~/.ssh/id_ed25519'

function agentKey(line: string): readonly AgentKey[] {
  const key = parsePublicLine(line)
  return key === undefined
    ? []
    : [
        {
          ...key,
          comment: line
            .trim()
            .split(/[ \t]+/)
            .slice(2)
            .join(' '),
        },
      ]
}

/**
 * The one key to sign with: of this fingerprint, or the only one that the allowed signers name, or the only one there
 * is. A key and its certificate are one. Throws a TaskError that lists the keys where it is not clear.
 */
export function chooseKey(
  keys: readonly AgentKey[],
  { fingerprint, signers }: { readonly fingerprint?: string; readonly signers?: readonly AllowedSigner[] },
): AgentKey {
  const listed = (signers ?? []).length === 0 ? keys : keys.filter((key) => isNamed(key, signers))
  const usable =
    fingerprint === undefined
      ? signers === undefined
        ? keys
        : listed
      : keys.filter((key) => key.fingerprint === fingerprint)
  // Of a key and its certificate, the one that is believed; of both, the key.
  const preferred = [...usable].sort(
    (one, other) =>
      Number(isNamed(other, signers)) - Number(isNamed(one, signers)) ||
      Number(one.authority !== undefined) - Number(other.authority !== undefined),
  )
  const [first] = preferred
  if (first !== undefined && preferred.every((each) => each.fingerprint === first.fingerprint)) return first
  const all = (some: readonly AgentKey[]) =>
    some.map((key) => `${key.fingerprint}  ${key.comment || key.type}`).join('\n')
  if (fingerprint !== undefined)
    throw new TaskError(`the ssh agent has no key ${fingerprint} (signing_key)`, {
      hint: `it has\n${all(keys)}`,
    })
  if (first === undefined)
    throw new TaskError('the allowed signers name no key of the ssh agent', { hint: `it has\n${all(keys)}` })
  throw new TaskError('several keys of the ssh agent could sign', {
    hint: `set  signing_key  to one of\n${all(preferred)}`,
  })
}

const isNamed = (key: SshKey, signers: readonly AllowedSigner[] = []): boolean =>
  signers.some((signer) => names(signer, key))
