import { createConnection } from 'node:net'
import ssh2, { type BaseAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2'
import { keyTypeOf } from '../inventory/index.ts'

/** What an agent holds: keys that can be used, and the types of those that cannot (`sk-…`, certificates). */
export interface AgentKeys {
  readonly keys: readonly ParsedKey[]
  readonly unusable: readonly string[]
  /** Why the agent said nothing, as the end of a sentence. */
  readonly trouble?: string
}

const REQUEST_IDENTITIES = 11
const IDENTITIES_ANSWER = 12
/** No signature of anything. */
const REFUSED = Buffer.alloc(64)

/** Asks an agent for its keys; never rejects. Not ssh2's own question: that hides the keys it cannot use. */
export async function agentKeys(socket: string): Promise<AgentKeys> {
  const answer = await ask(socket).catch(() => undefined)
  const blobs = answer && identities(answer)
  if (!blobs) return { keys: [], unusable: [], trouble: `the agent at ${socket} does not answer` }
  const parsed = blobs.map((blob) => ssh2.utils.parseKey(blob))
  return {
    keys: parsed.flatMap((key) => (key instanceof Error ? [] : key)),
    unusable: blobs.filter((_, at) => parsed[at] instanceof Error).map(keyTypeOf),
  }
}

/**
 * The agent, showing only some of its keys; `humanly` waits for its signatures, for which it may ask a person. A refusal
 * to sign becomes a signature the host refuses: ssh2 would emit an error, and node-ssh gives the whole connection up at
 * the first one instead of trying the next key.
 */
export function agentWith(
  socket: string,
  keys: readonly ParsedKey[],
  humanly: <T>(waiting: Promise<T>) => Promise<T>,
): BaseAgent {
  const agent = new ssh2.OpenSSHAgent(socket)
  const sign = agent.sign.bind(agent)
  agent.getIdentities = (answer) => answer(null, [...keys])
  agent.sign = (
    key: ParsedKey | Buffer | string,
    blob: Buffer,
    options?: SigningRequestOptions | SignCallback,
    answer?: SignCallback,
  ) => {
    if (typeof options === 'function') return sign(key, blob, options)
    const signed = new Promise<Buffer>((resolve) =>
      sign(key, blob, options, (error, signature) => resolve(error || !signature ? REFUSED : signature)),
    )
    void humanly(signed).then((signature) => answer?.(null, signature))
    return true
  }
  return agent
}

function ask(socket: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const stream = createConnection(socket)
    stream
      .on('data', (chunk) => {
        received = Buffer.concat([received, chunk])
        if (received.length < 4 || received.length < 4 + received.readUInt32BE(0)) return
        stream.destroy()
        resolve(received.subarray(4))
      })
      .on('error', reject)
      .on('close', () => reject(new Error('closed')))
    stream.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES]))
  })
}

/** Key blobs of SSH_AGENT_IDENTITIES_ANSWER: type, count, then (blob, comment) each (draft-miller-ssh-agent 4.4). */
function identities(answer: Buffer): Buffer[] | undefined {
  if (answer.length < 5 || answer[0] !== IDENTITIES_ANSWER) return undefined
  const blobs: Buffer[] = []
  let at = 5
  for (let left = answer.readUInt32BE(1); left > 0 && at + 4 <= answer.length; left--) {
    const blobEnd = at + 4 + answer.readUInt32BE(at)
    if (blobEnd + 4 > answer.length) return undefined
    blobs.push(answer.subarray(at + 4, blobEnd))
    at = blobEnd + 4 + answer.readUInt32BE(blobEnd)
  }
  return blobs
}
