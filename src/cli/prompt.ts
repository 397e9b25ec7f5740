import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CancelledError, Secret } from '../shell/index.ts'
import type { World } from './streams.ts'

/** Asks a person for a secret. */
export type Prompt = (question: string) => Promise<Secret>

/**
 * Asks at the terminal, without showing what is typed. Undefined where there is no terminal to ask at. `hold` takes what
 * is drawn there off the screen meanwhile. Ctrl-C, SIGTERM and the end of input are a CancelledError.
 */
export function promptAt({ stdin, stderr, signals }: World, hold: () => () => void): Prompt | undefined {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined
  return async (question) => {
    const release = hold()
    try {
      return await ask(question, { stdin, stderr, signals })
    } finally {
      release()
    }
  }
}

type Terminal = Pick<World, 'stdin' | 'stderr' | 'signals'>

async function ask(question: string, { stdin, stderr, signals }: Terminal): Promise<Secret> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  // The question comes second: before, the terminal would show what is typed.
  const line = createInterface({ input: stdin, output: unseen, terminal: true })
  let giveUp = (): void => {}
  try {
    return await new Promise<Secret>((resolve, reject) => {
      giveUp = () => reject(new CancelledError('nobody answered'))
      line.once('line', (typed) => resolve(new Secret(typed)))
      line.once('SIGINT', () => signals.emit('SIGINT'))
      line.once('close', giveUp)
      signals.on('SIGINT', giveUp)
      signals.on('SIGTERM', giveUp)
      stderr.write(question)
    })
  } finally {
    signals.off('SIGINT', giveUp)
    signals.off('SIGTERM', giveUp)
    line.close()
    stderr.write('\n')
  }
}
