import type { OfferedKey } from '../host-key.ts'

/** How far a login came, in order. */
const STAGES = ['dialling', 'connected', 'speaking', 'trusted', 'logged-in'] as const
export type Stage = (typeof STAGES)[number]

/** What ssh says at its end in any case. */
const STATISTICS = /^(Transferred: |Bytes per second: )/

/**
 * What ssh tells of a login with -v, line by line. Its debug lines name each step of the protocol and are the only
 * record there is of where it stopped: ssh exits 255 for everything. Words for people are kept, never judged by.
 */
export class Progress {
  stage: Stage = 'dialling'
  /** What the host said before, or instead of, SSH. */
  greeting = ''
  hostKey: OfferedKey | undefined
  /** The method of authentication that is being tried. */
  method = ''
  accepted: readonly string[] | undefined
  readonly tried: string[] = []
  /** ssh had nothing left to try. */
  isExhausted = false
  /** The host's words when it hung up by an SSH message of its own. */
  goodbye: string | undefined
  /** The last line for people. */
  lastWords = ''
  #rest = ''
  readonly #onSigning: (signed: Promise<void>) => void
  #signed = (): void => {}

  /** `onSigning` is told when a key signs: an agent or a security key may wait for a person then. */
  constructor(onSigning: (signed: Promise<void>) => void = () => {}) {
    this.#onSigning = onSigning
  }

  take(chunk: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n')
    this.#rest = lines.pop()?.slice(-10_000) ?? ''
    for (const line of lines) this.#read(line.replace(/\r$/, ''))
  }

  #read(line: string): void {
    const step = /^debug\d: (.*)/.exec(line)?.[1]
    // From here on a host that is trusted may print lines of its own (a banner): they can only shame itself.
    if (step === undefined) this.#hear(line)
    else if (this.stage === 'trusted') this.#authenticating(step)
    else this.#connecting(step)
  }

  #connecting(step: string): void {
    if (step.startsWith('Connection established')) this.stage = 'connected'
    else if (step.startsWith('Remote protocol version ')) this.stage = 'speaking'
    else if (step === 'SSH2_MSG_NEWKEYS received') this.stage = 'trusted'
    const banner = /^kex_exchange_identification: banner line \d+: (.*)$/.exec(step)
    if (banner) this.greeting ||= (banner[1] ?? '').trim()
    const key = /^Server host (?:key|certificate): (\S+) (SHA256:[A-Za-z0-9+/]+)/.exec(step)
    if (key) this.hostKey = { type: key[1] ?? '', fingerprint: key[2] ?? '' }
  }

  #authenticating(step: string): void {
    if (step.startsWith('Server accepts key: '))
      this.#onSigning(new Promise((signed) => (this.#signed = signed)))
    else if (/^(Authentications that|Next authentication|Offering|No more)/.test(step)) this.#signed()
    const [, methods] = /^Authentications that can continue: (\S*)$/.exec(step) ?? []
    if (methods !== undefined) this.accepted = methods.split(',')
    const [, method] = /^Next authentication method: (\S+)$/.exec(step) ?? []
    if (method !== undefined) {
      this.method = method
      if (method !== 'publickey') this.tried.push(method === 'password' ? 'the password' : method)
    }
    const [, key] = /^Offering public key: (.*?) \S+ SHA256:\S+/.exec(step) ?? []
    if (key !== undefined) this.tried.push(key)
    if (step.startsWith('No more authentication methods to try')) this.isExhausted = true
  }

  #hear(line: string): void {
    if (line.trim() === '') return
    const [, words] = /^Received disconnect from .* port \d+:\d+: (.*)$/.exec(line) ?? []
    if (words !== undefined) this.goodbye = words
    if (this.stage === 'trusted' && line.startsWith('Authenticated to ')) {
      this.stage = 'logged-in'
      this.#signed()
    }
    if (!STATISTICS.test(line)) this.lastWords = line
  }
}
