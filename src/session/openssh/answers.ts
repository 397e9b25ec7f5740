import { GachetteError, type Secret } from '../../shell/index.ts'
import type { Login } from '../attempt.ts'
import { hostQuestion } from '../host-question.ts'
import type { Target } from '../target.ts'
import type { Progress } from './progress.ts'

/** What persons have typed, by who asks, by question, and by how often it was put. */
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
    // A key's passphrase is ssh's own question, put once for all hosts. All else may be in a host's words, and no host is
    // given what was typed for another, however it words its question.
    const whose = method === 'publickey' ? '' : nameOf(target)
    const key = JSON.stringify([whose, time, question])
    const answer = known.get(key) ?? credentials.ask(wordsOf(question, method, target))
    known.set(key, answer)
    try {
      return await deadline.while(answer)
    } catch (error) {
      if (error instanceof GachetteError) onRefusal(error)
      return undefined
    }
  }
}

const nameOf = ({ user, host }: Target): string => `${user}@${host.name}`

/** ssh before 8.5 does not say whose a question of keyboard-interactive is. */
function wordsOf(question: string, method: string, target: Target): string {
  const says = `(${target.user}@${target.host.address}) `
  if (method !== 'keyboard-interactive') return question
  return hostQuestion(target, question.startsWith(says) ? question.slice(says.length) : question)
}

const TAKES_PASSWORDS: ReadonlySet<string> = new Set(['password', 'keyboard-interactive'])
