import { stat } from 'node:fs/promises'
import type { AnyAuthMethod, ParsedKey } from 'ssh2'
import { type AgentKeys, agentWith } from './agent.ts'
import type { Credentials } from './credentials.ts'
import type { KeyFile } from './key-file.ts'
import { ONLY_SSH } from './login-refused.ts'
import type { Target } from './target.ts'

/** A key to try, and how it is called in an error. */
export interface Offer {
  readonly label: string
  readonly method: AnyAuthMethod
}

interface Circumstances {
  readonly target: Target
  readonly credentials: Credentials
  readonly humanly: <T>(waiting: Promise<T>) => Promise<T>
  /** Whether the host, as far as it has said, takes keys at all. */
  readonly takesKeys: () => boolean
  readonly note: (line: string) => void
}

/**
 * The keys for a target, in the order that logs in soonest without exhausting the host's patience (sshd's
 * MaxAuthTries is 6): named ones, the agent's, ssh_config's, and at last those that need a person's passphrase.
 */
export async function* keyOffers(circumstances: Circumstances): AsyncGenerator<Offer, void> {
  const { target, credentials, humanly, takesKeys, note } = circumstances
  const { namedKeyFiles: named, configKeyFiles: configured, agentSocket, user } = target
  const files = await readAll([...named, ...configured], credentials)
  const agent = agentSocket ? await credentials.agent(agentSocket) : NO_AGENT
  const offered = new Set<string>()
  const isFresh = (key: Buffer) => offered.size < offered.add(key.toString('base64')).size

  const fromFile = (label: string, key: ParsedKey): Offer[] =>
    isFresh(key.getPublicSSH()) ? [{ label, method: { type: 'publickey', username: user, key } }] : []
  const ready = (paths: readonly string[]): Offer[] =>
    paths.flatMap((path) => {
      const file = files.get(path)
      return file?.type === 'ready' ? fromFile(path, file.key) : []
    })
  const fromAgent = (keys: readonly ParsedKey[]): Offer[] => {
    const fresh = keys.filter((key) => isFresh(key.getPublicSSH()))
    if (fresh.length === 0 || !agentSocket) return []
    const label = fresh.length === 1 ? 'one key of the agent' : `${fresh.length} keys of the agent`
    return [
      { label, method: { type: 'agent', username: user, agent: agentWith(agentSocket, fresh, humanly) } },
    ]
  }
  const inAgent = (paths: Iterable<string>): ParsedKey[] => {
    const wanted = [...paths].flatMap((path) => publicKeyOf(files.get(path)) ?? [])
    return agent.keys.filter((key) => wanted.some((each) => each.equals(key.getPublicSSH())))
  }

  yield* fromAgent(inAgent(named))
  yield* ready(named)
  yield* fromAgent(target.identitiesOnly ? inAgent(files.keys()) : agent.keys)
  yield* ready(configured)
  for (const line of [...troubles(files, agent, named), ...(await beyondUs(target, files, agent))]) note(line)
  for (const [path, file] of files) {
    if (!takesKeys()) return
    if (file.type !== 'locked' || (file.publicKey && !isFresh(file.publicKey))) continue
    if (!target.interactive) {
      note(nobodyUnlocks(path))
      continue
    }
    const key = await humanly(credentials.unlocked(path, file.text))
    if (key) yield { label: path, method: { type: 'publickey', username: user, key } }
    else note(stayedLocked(path))
  }
}

const NO_AGENT: AgentKeys = { keys: [], unusable: [] }

async function readAll(paths: readonly string[], credentials: Credentials): Promise<Map<string, KeyFile>> {
  return new Map(await Promise.all(paths.map(async (path) => [path, await credentials.file(path)] as const)))
}

const publicKeyOf = (file: KeyFile | undefined): Buffer | undefined =>
  file && file.type !== 'unusable' && file.type !== 'beyond-us' ? file.publicKey : undefined

/** What an error should say of keys that could not be tried. */
function troubles(
  files: ReadonlyMap<string, KeyFile>,
  agent: AgentKeys,
  named: readonly string[],
): readonly string[] {
  const ofFiles = [...files].flatMap(([path, file]) => {
    if (file.type === 'unusable') return `${path} ${file.why}`
    return file.type === 'missing' && named.includes(path) ? `${path} does not exist` : []
  })
  return [...ofFiles, ...(agent.trouble ? [agent.trouble] : [])]
}

/** What of the keys, the agent and ssh_config the ssh program could use, and we cannot. */
async function beyondUs(
  { onlyForSsh }: Target,
  files: ReadonlyMap<string, KeyFile>,
  agent: AgentKeys,
): Promise<readonly string[]> {
  const certificates = [...files.keys()].map((path) => `${path}-cert.pub`)
  const there = await Promise.all(certificates.map((path) => stat(path).then(...YES_OR_NO)))
  return [
    ...[...files].flatMap(([path, file]) => (file.type === 'beyond-us' ? `${path} ${file.why}` : [])),
    ...certificates.filter((_, at) => there[at]).map((path) => `${path} is a certificate, ${ONLY_SSH}`),
    ...agent.unusable.map((type) => `the agent holds a ${type} key, ${ONLY_SSH}`),
    ...onlyForSsh.map((line) => `ssh_config says ${line}, ${ONLY_SSH}`),
  ]
}

const YES_OR_NO = [() => true, () => false] as const

/** What an error should say of the keys of a target when the ssh program could not log in with them. */
export async function keyTroubles(target: Target, credentials: Credentials): Promise<readonly string[]> {
  const { namedKeyFiles, configKeyFiles, agentSocket } = target
  const files = await readAll([...namedKeyFiles, ...configKeyFiles], credentials)
  const agent = agentSocket ? await credentials.agent(agentSocket) : NO_AGENT
  const locked = [...files].flatMap(([path, file]) => {
    if (file.type !== 'locked') return []
    return target.interactive ? stayedLocked(path) : nobodyUnlocks(path)
  })
  return [...troubles(files, agent, namedKeyFiles), ...locked]
}

const nobodyUnlocks = (path: string): string =>
  `${path} is encrypted, and there is nobody to ask for its passphrase: ssh-add ${path}`

const stayedLocked = (path: string): string => `${path} stayed locked: no right passphrase was given`
