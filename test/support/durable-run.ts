import { onTestFinished } from 'vitest'
import type { SshHost } from '../../src/inventory/index.ts'
import { type ExecuteOptions, execute, planRun, type RunEvent, type RunOutcome } from '../../src/run/index.ts'
import { type ConnectSettings, openSession } from '../../src/session/index.ts'
import type { TaskContext } from '../../src/task/index.ts'
import { settingsFor, sshHost } from './connecting.ts'
import { invocation } from './invocations.ts'
import type { Sshd } from './sshd.ts'

/** A run of one task that can be watched and cancelled while it goes on. */
export interface WatchedRun {
  readonly events: readonly RunEvent[]
  /** What was told of the commands' output, by stream. */
  readonly out: () => string
  readonly err: () => string
  /** How often its host was connected. */
  readonly connections: () => number
  readonly cancel: () => void
  /** Resolves with the first event of a type, or one that a condition holds for; rejects when the run ends without it. */
  readonly seen: (wanted: RunEvent['type'] | ((event: RunEvent) => boolean)) => Promise<RunEvent>
  readonly ended: Promise<RunOutcome>
}

export interface WatchOptions extends Partial<ExecuteOptions> {
  readonly address?: { readonly address: string; readonly port: number }
  readonly connecting?: Partial<ConnectSettings>
  readonly user?: string
}

/** Starts a run of one task body on a server, or on what stands in front of it. */
export function watchRun(
  sshd: Sshd,
  body: (context: TaskContext) => Promise<unknown>,
  { address = sshd, connecting = {}, user = 'root', ...options }: WatchOptions = {},
): WatchedRun {
  const events: RunEvent[] = []
  const waiting = new Set<() => void>()
  const abort = new AbortController()
  const host: SshHost = sshHost(`${user}@${address.address}:${address.port}`)
  const settings = settingsFor(sshd, { hostKeyPolicy: 'off', attempts: 1, timeoutMs: 10_000, ...connecting })
  const ended = execute(planRun([{ invocation: invocation('task', body), hosts: [host] }]), {
    openSession: (to, { dryRun, signal }) => openSession(to, settings, { dryRun, signal }),
    setting: () => undefined,
    signal: abort.signal,
    reconnectMs: 20_000,
    ...options,
    onEvent(event) {
      events.push(event)
      for (const look of [...waiting]) look()
      return options.onEvent?.(event)
    },
  })
  onTestFinished(async () => {
    abort.abort()
    await ended
  })
  const said = (stream: string) =>
    events.map((event) => (event.type === 'output' && event.stream === stream ? event.text : '')).join('')
  return {
    events,
    out: () => said('stdout'),
    err: () => said('stderr'),
    connections: () => events.filter(({ type }) => type === 'host-connected').length,
    cancel: () => abort.abort(),
    seen: (wanted) =>
      new Promise((resolve, reject) => {
        const holds = typeof wanted === 'string' ? (event: RunEvent) => event.type === wanted : wanted
        const look = () => {
          const found = events.find(holds)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
        const inVain = (told: unknown) => reject(new Error(`not seen: ${wanted}; ${JSON.stringify(told)}`))
        void ended.then(inVain, inVain)
      }),
    ended,
  }
}
