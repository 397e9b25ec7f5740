import type { ParsedKey } from 'ssh2'
import type { Secret } from '../shell/index.ts'
import { type AgentKeys, agentKeys } from './agent.ts'
import { type KeyFile, readKeyFile, unlock } from './key-file.ts'

const TRIES = 3

/** Keys and a person, shared by all connections of a run: every file is read once, every passphrase asked for once. */
export class Credentials {
  readonly #prompt: ((question: string) => Promise<Secret>) | undefined
  readonly #files = new Map<string, Promise<KeyFile>>()
  readonly #unlocked = new Map<string, Promise<ParsedKey | undefined>>()
  readonly #agents = new Map<string, Promise<AgentKeys>>()
  #lastQuestion: Promise<unknown> = Promise.resolve()

  constructor(prompt: ((question: string) => Promise<Secret>) | undefined) {
    this.#prompt = prompt
  }

  file(path: string): Promise<KeyFile> {
    return once(this.#files, path, () => readKeyFile(path))
  }

  agent(socket: string): Promise<AgentKeys> {
    return once(this.#agents, socket, () => agentKeys(socket))
  }

  /** The key of an encrypted file; undefined after three wrong passphrases or an empty one. */
  unlocked(path: string, text: string): Promise<ParsedKey | undefined> {
    return once(this.#unlocked, path, async () => {
      for (let tries = 0; tries < TRIES; tries++) {
        const passphrase = await this.ask(`passphrase for ${path}: `)
        if (passphrase.reveal() === '') return undefined
        const key = unlock(text, passphrase)
        if (key) return key
      }
      return undefined
    })
  }

  /** One question at a time, whatever the number of hosts that have one; once nobody has answered, nobody is asked again. */
  ask(question: string): Promise<Secret> {
    const prompt = this.#prompt
    if (!prompt) return Promise.reject(new Error('there is nobody to ask'))
    const answer = this.#lastQuestion.then(() => prompt(question))
    this.#lastQuestion = answer
    return answer
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}
