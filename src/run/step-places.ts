import type { RemoteFate } from '../session/outcome.ts'
import { CancelledError } from '../shell/index.ts'
import { nameOfTask } from '../task/index.ts'
import type { TaskContext } from '../task/task.ts'
import { groupsOf } from './batches.ts'
import type { StepScope } from './carry-out.ts'
import type { StepId } from './events.ts'
import { hostContext } from './host-context.ts'
import { type Pending, pendingOf } from './pending.ts'
import type { PlanHost } from './plan.ts'
import type { RunScope } from './run-scope.ts'
import type { EndFacts } from './step-outcome.ts'

/** Where one step happens: on its host, and on those its task turns to. */
export class StepPlaces {
  readonly #run: RunScope
  readonly #id: StepId
  readonly #host: PlanHost
  readonly #hosts: readonly PlanHost[]
  readonly #pending: Pending
  readonly #notes: Map<string, unknown>
  /** What became of the commands that a cancelled run ended. */
  readonly #fates: RemoteFate[] = []
  /** What kept other hosts from being reached. */
  readonly #elsewhere = new Set<unknown>()
  readonly #held = new Map<PlanHost, () => void>()
  #isBegun = false

  /** @param place where its body runs, and the hosts that it conducts, if any */
  constructor(
    run: RunScope,
    id: StepId,
    place: { readonly host: PlanHost; readonly conducted: readonly PlanHost[] },
  ) {
    const { host, conducted } = place
    this.#run = run
    this.#id = id
    this.#host = host
    this.#hosts = conducted.length === 0 ? [host] : conducted
    this.#pending = pendingOf(run.signal)
    this.#notes = new Map(run.earlier?.notes(id))
  }

  /** Runs the body of the task to its true end, wherever it has started something. */
  whole<T>(body: () => Promise<T>): Promise<T> {
    return this.#pending.whole(body)
  }

  /**
   * What a task is given for a host.
   *
   * @param path the task that was called, unless it is the step's own: `restart > wait`
   */
  on(place: PlanHost, path?: string): TaskContext {
    const { sessions, hosts, setting, dryRun, rollout } = this.#run
    if (place !== this.#host && !this.#held.has(place)) this.#held.set(place, sessions.hold(place))
    const context = hostContext(this.#scopeOf(place, path), {
      setting,
      dryRun,
      host: place.host,
      notes: this.#notes,
      hosts: this.#hosts.map(({ host }) => host),
      groups: groupsOf(this.#hosts, rollout).map(({ hosts: some, isCanary }) => ({
        hosts: some.map(({ host }) => host),
        isCanary,
      })),
      maxFail: rollout.maxFail,
      on: (other) => this.on(hosts.of(other), path),
      inside: (task) => {
        // The first task that begins is the step's own.
        const isOwn = !this.#isBegun
        this.#isBegun = true
        const name = nameOfTask(task)
        return isOwn ? context : this.on(place, path === undefined ? name : `${path} > ${name}`)
      },
    })
    return context
  }

  /** What the end of the step is judged by, besides its error. */
  endOf(error: unknown): EndFacts {
    return {
      // A durable command may have been cancelled from elsewhere.
      cancelled: this.#run.signal.aborted || error instanceof CancelledError ? this.#fates : undefined,
      isElsewhere: this.#elsewhere.has(error),
    }
  }

  /** Lets go of the other hosts. */
  release(): void {
    for (const letGo of this.#held.values()) letGo()
  }

  #scopeOf(place: PlanHost, path: string | undefined): StepScope {
    const { emit, masks, sessions, nextCommand, commandTimeoutMs, jobs, privilege } = this.#run
    const isElsewhere = place !== this.#host
    const unreached = (error: unknown) => {
      this.#elsewhere.add(error)
      throw error
    }
    return {
      id: { ...this.#id, ...(isElsewhere && { on: place.label }), ...(path !== undefined && { in: path }) },
      where: place.label,
      emit,
      masks,
      signal: this.#pending.signal,
      track: this.#pending.track,
      session: () => (isElsewhere ? sessions.of(place).catch(unreached) : sessions.of(place)),
      nextCommand,
      commandTimeoutMs,
      jobs,
      reopen: (lost, signal) => sessions.again(place, lost, signal),
      privilege,
      ended: (session, outcome) => {
        if (outcome.type === 'lost') sessions.forget(place, session)
        if (outcome.type === 'cancelled') this.#fates.push(outcome.remote)
      },
    }
  }
}
