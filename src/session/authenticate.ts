import type { AnyAuthMethod, AuthHandlerMiddleware } from 'ssh2'
import { GachetteError, type Secret } from '../shell/index.ts'
import type { Credentials } from './credentials.ts'
import { hostQuestion } from './host-question.ts'
import { loginRefused } from './login-refused.ts'
import { keyOffers } from './offers.ts'
import type { Target } from './target.ts'

/** How we prove who we are to one host, in one attempt. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware
  /** True once nothing is left to try. */
  isExhausted(): boolean
  /** The error that says what was tried, and what could have been; or that of a person who would not answer. */
  error(because?: string): GachetteError
}

interface Circumstances {
  readonly target: Target
  readonly credentials: Credentials
  readonly password: Secret | undefined
  /** Waits for a person while the clock of the attempt stands still. */
  readonly humanly: <T>(waiting: Promise<T>) => Promise<T>
}

const PASSWORD_TRIES = 3

/** Keys first (named ones, the agent's, ssh_config's, encrypted ones), then keyboard-interactive, then the password. */
export function authentication(circumstances: Circumstances): Authentication {
  const { target } = circumstances
  const log: Log = { tried: [], notes: [], accepted: undefined }
  const methods = methodsOf(circumstances, log)
  let exhausted = false
  let failure: GachetteError | undefined
  return {
    handler(left, _partial, next) {
      // ssh2's types hide that it passes null before the host has said what it takes.
      log.accepted = (left as readonly string[] | null) ?? log.accepted
      methods.next().then(
        ({ value, done }) => {
          exhausted = done === true
          next(done ? NOTHING_LEFT : value)
        },
        (error: Error) => {
          if (error instanceof GachetteError) failure = error
          else log.notes.push(error.message)
          exhausted = true
          next(NOTHING_LEFT)
        },
      )
    },
    isExhausted: () => exhausted,
    error(because) {
      if (failure) return failure
      return loginRefused(target, { ...log, isBuiltIn: true }, because)
    },
  }
}

/** What ssh2 takes for "no more": documented, but missing in its types. */
const NOTHING_LEFT = false as unknown as AnyAuthMethod

interface Log {
  readonly tried: string[]
  readonly notes: string[]
  accepted: readonly string[] | undefined
}

async function* methodsOf(about: Circumstances, log: Log): AsyncGenerator<AnyAuthMethod, void> {
  const { target } = about
  const takes = (method: string) => log.accepted === undefined || log.accepted.includes(method)
  const offers = keyOffers({
    ...about,
    takesKeys: () => takes('publickey'),
    note: (line) => log.notes.push(line),
  })
  for await (const { label, method } of offers) {
    if (!takes('publickey')) break
    log.tried.push(label)
    yield method
  }
  // Without a key, ask what the host takes before anything is typed.
  if (log.accepted === undefined) yield { type: 'none', username: target.user }
  if (takes('keyboard-interactive') && (about.password || target.interactive)) {
    log.tried.push('keyboard-interactive')
    yield keyboardInteractive(about)
  }
  if (!takes('password')) return
  if (about.password) {
    log.tried.push('the password')
    yield { type: 'password', username: target.user, password: (await about.password.find()).reveal() }
  }
  for (let tries = 0; target.interactive && tries < PASSWORD_TRIES; tries++) {
    const typed = await about.humanly(
      about.credentials.ask(`password of ${target.user}@${target.host.name}: `),
    )
    if (typed.reveal() === '') return
    log.tried.push('a typed password')
    yield { type: 'password', username: target.user, password: typed.reveal() }
  }
}

function keyboardInteractive({ target, credentials, password, humanly }: Circumstances): AnyAuthMethod {
  let passwordGiven = false
  return {
    type: 'keyboard-interactive',
    username: target.user,
    prompt(_name, instructions, _language, prompts, finish) {
      const answers = async () => {
        const given: string[] = []
        for (const { prompt, echo } of prompts) {
          if (password && !passwordGiven && !echo) {
            passwordGiven = true
            given.push((await password.find()).reveal())
          } else if (target.interactive) {
            const question = hostQuestion(target, `${instructions} ${prompt}`)
            given.push((await humanly(credentials.ask(question))).reveal())
          } else given.push('')
        }
        return given
      }
      answers().then(finish, () => finish([]))
    },
  }
}
