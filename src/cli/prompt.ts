import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CancelledError, Secret } from '../shell/index.ts'
import type { World } from './streams.ts'

/** Asks a person for a secret. */
export type Prompt = (question: string) => Promise<Secret>

/**
 * Asks at the terminal, one question at a time, without showing what is typed. Undefined where there is no terminal to
 * ask at. `hold` takes what is drawn there off the screen meanwhile. Ctrl-C is a CancelledError.
 */
export function promptAt({ stdin, stderr, signals }: World, hold: () => () => void): Prompt | undefined {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined
  let before: Promise<unknown> = Promise.resolve()
  return (question) => {
    const asked = before.then(async () => {
      const release = hold()
      try {
        return await ask(question, { stdin, stderr, signals })
      } finally {
        release()
      }
    })
    before = asked.catch(() => {})
    return asked
  }
}

type Terminal = Pick<World, 'stdin' | 'stderr' | 'signals'>

async function ask(question: string, { stdin, stderr, signals }: Terminal): Promise<Secret> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  stderr.write(question)
  const line = createInterface({ input: stdin, output: unseen, terminal: true })
  try {
    return await new Promise<Secret>((resolve, reject) => {
      const giveUp = () => reject(new CancelledError('nobody answered'))
      line.once('line', (typed) => resolve(new Secret(typed)))
      line.once('SIGINT', () => {
        giveUp()
        signals.emit('SIGINT')
      })
      line.once('close', giveUp)
    })
  } finally {
    line.close()
    stderr.write('\n')
  }
}
