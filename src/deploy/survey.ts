import { type Query, script, sh } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { runJob } from './install.ts'
import { type HostState, type ProbeOptions, probe, probeInput } from './probe.ts'
import { base } from './shell/base.ts'

/** How a host is looked at. */
export interface Survey extends ProbeOptions {
  readonly domain: string
  /** The packages it is asked about. */
  readonly names: readonly string[]
  /** For how long another deployment is waited for, in seconds; 0: not at all. */
  readonly waitSeconds: number
  /** Only look: what was left unfinished there stays so. */
  readonly looksOnly?: boolean
}

/**
 * Looks at a host. A deployment that was killed there is brought to an end before that, and one that runs is waited
 * for: what is answered is a host at rest, unless `waitSeconds` were not enough.
 */
export async function survey(remote: Remote, options: Survey): Promise<HostState> {
  const { domain, names, waitSeconds, looksOnly } = options
  const look = () =>
    remote.ask(probe(domain, options), {
      stdin: probeInput(domain, names),
      title: 'look at the host',
    })
  let state = await look()
  if (looksOnly) return state
  if (state.heldBy !== undefined && waitSeconds > 0) {
    const { stack, who, since } = state.heldBy
    remote.log(`${remote.host.name}: ${who} deploys ${stack} there since ${since}; waiting for that`)
    await remote.ask(waitForAny(domain, waitSeconds), { timeoutMs: 0, title: 'wait for another deployment' })
    state = await look()
  }
  if (state.unfinished !== undefined) {
    const { id, by } = state.unfinished
    remote.log(
      `${remote.host.name}: the deployment of ${by.stack} by ${by.who} was interrupted; it is brought to an end`,
    )
    const end = await runJob(remote, domain, id, state.uid === 0)
    const where =
      end.type === 'done' ? `it is at ${by.stack}` : end.type === 'back' ? 'it went back' : end.type
    remote.log(`${remote.host.name}: the interrupted deployment has ended: ${where}`)
    state = await look()
  }
  return state
}

const waitForAny = (domain: string, seconds: number): Query<void> => ({
  command: script(sh`${base(domain)}
flock -s -w ${seconds} "$base/lock" true || :`),
  parse: () => {},
  assumed: undefined,
})
