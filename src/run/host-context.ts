import type { Host } from '../inventory/host.ts'
import { type Query, TaskError } from '../shell/index.ts'
import type { CommandResult, RunOptions } from '../task/context.ts'
import type { TaskContext, TaskHost } from '../task/task.ts'
import { Answer } from './answer.ts'
import { commandOf, type First, isQuery, optionsOf, type Rest, shortText } from './calls.ts'
import { carryOut, type Listener, type StepScope } from './carry-out.ts'
import { type Asked, judge } from './judge.ts'
import { once } from './once.ts'
import { here } from './plan.ts'
import { retrying } from './retry.ts'
import { transfer } from './transfer.ts'

const told: Listener = { isTold: true }
const untold: Listener = { isTold: false }

interface ContextFacts extends Pick<TaskContext, 'setting' | 'dryRun' | 'on' | 'inside' | 'maxFail'> {
  readonly host: Host
  readonly hosts: readonly Host[]
  readonly groups: readonly { readonly hosts: readonly Host[]; readonly isCanary: boolean }[]
  /** What `once` has answered in this step, now or in an earlier attempt; it adds to them. */
  readonly notes: Map<string, unknown>
}

/** What the body of a task is given for one step on one host. */
export function hostContext(scope: StepScope, facts: ContextFacts): TaskContext {
  const { host, hosts, groups, setting, dryRun, notes, on, inside, maxFail } = facts
  const { track } = scope
  const run = async (first: First, ...rest: Rest): Promise<CommandResult> => {
    const [command, options] = commandOf(first, rest)
    const carry = () => carryOut(scope, command, options, { stdout: told, stderr: told })
    const carried = await retrying(scope, command, options, carry)
    const exitCode = judge(scope.where, { command }, options, carried)
    return { exitCode, stdout: carried.stdout, stderr: carried.stderr }
  }
  const check = async (first: First, ...rest: Rest): Promise<boolean> => {
    const [command, given] = commandOf(first, rest)
    const options = { accept: [0, 1], ...given }
    const carry = () => carryOut(scope, command, options, { stdout: untold, stderr: untold })
    return judge(scope.where, { command }, options, await retrying(scope, command, options, carry)) === 0
  }
  const sudo = (first: First, ...rest: Rest): Promise<CommandResult> => {
    const [command, options] = commandOf(first, rest)
    const { user, ...others }: RunOptions & { readonly user?: string } = options
    return run(command, { ...others, sudo: user === undefined ? true : { user } })
  }
  const say = (level: 'info' | 'warning') => (text: string) =>
    void scope.emit({ type: 'log', ...scope.id, level, text })

  return {
    host: turning(host, on),
    run: (first: First, ...rest: Rest) => track(run(first, ...rest)),
    sudo: (first: First, ...rest: Rest) => track(sudo(first, ...rest)),
    check: (first: First, ...rest: Rest) => track(check(first, ...rest)),
    ask: asking(scope),
    put: (local, remote, options) => track(transfer(scope, { direction: 'put', local, remote }, options)),
    get: (remote, local, options) => track(transfer(scope, { direction: 'get', local, remote }, options)),
    log: say('info'),
    warn: say('warning'),
    signal: scope.signal,
    dryRun,
    async circumstances() {
      const { hostKey } = await scope.session()
      return { run: scope.jobs.run, ...(hostKey !== undefined && { hostKey }) }
    },
    setting,
    once: (name, work) => track(once(scope, notes, { name, work, dryRun })),
    on,
    get hosts() {
      return hosts.map((each) => turning(each, on))
    },
    get groups() {
      return groups.map((group) => ({ ...group, hosts: group.hosts.map((each) => turning(each, on)) }))
    },
    maxFail,
    conclude: ({ is, text }) => void scope.emit({ type: 'host-concluded', ...scope.id, is, text }),
    ...(inside && { inside }),
    get local() {
      return on(here)
    },
  }
}

/** A host that can be asked for another; printed, compared and sent as JSON it is what it was. */
const turning = (host: Host, on: TaskContext['on']): TaskHost =>
  Object.defineProperty({ ...host, on }, 'on', { enumerable: false })

function asking(scope: StepScope) {
  function ask(first: First, ...rest: Rest): Promise<string>
  function ask<T>(query: Query<T>, options?: RunOptions): Promise<T>
  function ask(first: First | Query<unknown>, ...rest: Rest): Promise<unknown> {
    return scope.track(isQuery(first) ? answered(first, optionsOf(rest)) : texted(first, rest))
  }

  async function answered(query: Query<unknown>, options: RunOptions): Promise<unknown> {
    const stdout = await stdoutOf(query, options)
    return stdout === undefined ? query.assumed : query.parse(stdout)
  }

  async function texted(first: First, rest: Rest): Promise<string> {
    const [command, options] = commandOf(first, rest)
    return (await stdoutOf({ command }, options))?.trim() ?? ''
  }

  /** Everything the command printed; undefined in a dry run. */
  async function stdoutOf(query: Asked, options: RunOptions): Promise<string | undefined> {
    let answer = ''
    const carried = await retrying(scope, query.command, options, async () => {
      const heard = new Answer(scope.signal)
      try {
        const carried = await carryOut(scope, query.command, options, {
          stdout: { isTold: false, hear: (text) => heard.hear(text) },
          stderr: told,
          signal: heard.signal,
        })
        if (heard.isTooLong) throw tooLong(scope.where, shortText(query.command, options))
        answer = heard.text
        return carried
      } finally {
        heard.release()
      }
    })
    judge(scope.where, query, options, carried)
    return carried.assumed ? undefined : answer
  }
  return ask
}

const tooLong = (host: string, command: string) =>
  new TaskError(`${host}: ${command} answered more than 16 MiB`, {
    hint: 'let it write to a file there, and fetch that with get',
  })
