import type { Secret } from '../shell/index.ts'
import { type Prompt, promptAt } from './prompt.ts'
import type { World } from './streams.ts'

/** The person at the terminal, for whoever has a question. */
export interface Asking {
  /** Absent where there is no terminal. */
  readonly prompt?: Prompt
  /** How what is drawn there is taken off the screen meanwhile; replaced by whoever draws. */
  hold: () => () => void
}

/** One question at a time, whoever asks; once nobody has answered, nobody is asked again. */
export function askingAt(world: World): Asking {
  const asking: Asking = { hold: () => () => {} }
  const prompt = promptAt(world, () => asking.hold())
  if (prompt === undefined) return asking
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (question: string): Promise<Secret> => {
    const answer = last.then(() => prompt(question))
    // Whoever asked hears of it.
    answer.catch(() => {})
    last = answer
    return answer
  }
  return Object.assign(asking, { prompt: inTurn })
}
