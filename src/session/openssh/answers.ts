import { GachetteError, type Secret } from '../../shell/index.ts'
import type { Login } from '../attempt.ts'
import type { Progress } from './progress.ts'

/** What persons have typed, by question and by how often it was put: one that many hosts have is put once. */
const typed = new WeakMap<Login['credentials'], Map<string, Promise<Secret>>>()

/**
 * Answers what one ssh asks: the password of the settings once, where the method at hand is for passwords; else a person.
 * Undefined where nobody can answer anything.
 *
 * @param onRefusal told when a person would not answer at all
 */
export function answers(
  { target, settings, credentials, deadline }: Login,
  progress: Progress,
  onRefusal: (error: GachetteError) => void,
): ((question: string) => Promise<Secret | undefined>) | undefined {
  const { password } = settings
  if (password === undefined && !target.interactive) return undefined
  const known = typed.get(credentials) ?? new Map<string, Promise<Secret>>()
  typed.set(credentials, known)
  const times = new Map<string, number>()
  const given = new Set<string>()
  return async (question) => {
    const { method } = progress
    if (password && TAKES_PASSWORDS.has(method) && given.size < given.add(method).size) return password.find()
    if (!target.interactive) return undefined
    // Asked again by the same ssh: the answer was wrong.
    const time = (times.get(question) ?? 0) + 1
    times.set(question, time)
    const key = `${time} ${question}`
    const answer = known.get(key) ?? credentials.ask(question)
    known.set(key, answer)
    try {
      return await deadline.while(answer)
    } catch (error) {
      if (error instanceof GachetteError) onRefusal(error)
      return undefined
    }
  }
}

const TAKES_PASSWORDS: ReadonlySet<string> = new Set(['password', 'keyboard-interactive'])
