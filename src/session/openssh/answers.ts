import type { Secret } from '../../shell/index.ts'
import type { Login } from '../attempt.ts'
import type { Progress } from './progress.ts'

/** What persons have typed, by question: one that many hosts have (a passphrase) is put once. */
const typed = new WeakMap<Login['credentials'], Map<string, Promise<Secret>>>()

/**
 * Answers what one ssh asks: the password of the settings once, where the method at hand is for passwords; else a person.
 * Undefined where nobody can answer anything.
 */
export function answers(
  { target, settings, credentials, deadline }: Login,
  progress: Progress,
): ((question: string) => Promise<Secret | undefined>) | undefined {
  const { password } = settings
  if (password === undefined && !target.interactive) return undefined
  const known = typed.get(credentials) ?? new Map<string, Promise<Secret>>()
  typed.set(credentials, known)
  const asked = new Set<string>()
  const given = new Set<string>()
  return async (question) => {
    const { method } = progress
    if (password && TAKES_PASSWORDS.has(method) && given.size < given.add(method).size) return password
    if (!target.interactive) return undefined
    // Asked again by the same ssh: the answer was wrong.
    const before = asked.size < asked.add(question).size ? known.get(question) : undefined
    const answer = before ?? deadline.while(credentials.ask(question))
    known.set(question, answer)
    return answer
  }
}

const TAKES_PASSWORDS: ReadonlySet<string> = new Set(['password', 'keyboard-interactive'])
