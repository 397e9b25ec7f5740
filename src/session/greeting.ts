import { UnreachableError } from '../shell/index.ts'
import { AttemptError } from './attempt-error.ts'
import type { Target } from './target.ts'

/** What sshd says before it hangs up because of too many logins, or penalties (its sshd.c): it may be asked again. */
const CROWDED = /^(Exceeded MaxStartups|Not allowed at this time)/

/** The error for a host that hung up before it said `SSH-`; `greeting`: the first line of what it said instead. */
export function hungUp(target: Target, greeting: string): AttemptError | UnreachableError {
  const line = greeting.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
  const said = line ? ` (it said: ${line})` : ''
  const what = `the host hung up before it said a word of SSH${said}`
  if (line === '' || CROWDED.test(line)) return new AttemptError('crowded', what)
  return new UnreachableError('unreachable', `${target.host.name}: ${what}`, {
    hint: `what listens at ${target.address} port ${target.port} is no SSH server`,
  })
}
