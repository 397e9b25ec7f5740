import { CancelledError, LeftToItself, UsageError } from '../shell/index.ts'
import type { Store } from '../stack/index.ts'
import type { Remote } from '../task/context.ts'
import { conclude } from './conclude.ts'
import { type Conductor, type Machine, mayFail, type Site } from './conduct.ts'
import { recordDeployed } from './deployed.ts'
import { type Deployment, deploymentFailed } from './deployment.ts'
import { lockName } from './lock-package.ts'

/**
 * Before anything is installed: more failures than may be, or nobody left, and nobody is touched. What became of those that
 * are over is said, unless only the plan is asked for, which says it.
 */
export function refuseIfTooMany<M extends Machine>(
  context: Conductor<M>,
  sites: readonly Site<M>[],
  { deployment, planOnly = false }: { readonly deployment: () => Deployment; readonly planOnly?: boolean },
): void {
  const is = (...types: readonly string[]) => sites.filter(({ outcome }) => types.includes(outcome.type))
  const failed = is('refused', 'unreachable').length
  const isTooMany = failed > mayFail(context.maxFail, sites.length)
  const isNobodyLeft = failed + is('left-out').length === sites.length
  if (!planOnly)
    conclude(isTooMany || isNobodyLeft ? sites : is('refused', 'unreachable', 'left-out', 'same'))
  if (isTooMany || isNobodyLeft) throw deploymentFailed(deployment(), sites)
}

/** Nothing more is going to happen: throws a DeploymentFailed where not every host has got there. */
export function ended(sites: readonly Site[], deployment: Deployment): Deployment {
  conclude(sites)
  if (!deployment.ok) throw deploymentFailed(deployment, sites)
  return deployment
}

/** Numbers that a host's shell reckons with. Throws a UsageError for any but whole ones, from `least` on. */
export function refuseOddNumbers(task: string, numbers: Readonly<Record<string, number>>, least = 0): void {
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isSafeInteger(value) || value < least)
      throw new UsageError(`${task}: ${name} is ${value}, and must be a whole number from ${least} on`)
}

/** What is where, for whoever asks the store. The hosts know it themselves: where the store is gone, that is said. */
export async function remember(
  context: Pick<Conductor, 'warn'>,
  remote: Remote,
  store: Store,
  sites: readonly Site[],
  when: string,
): Promise<void> {
  const hosts = sites.flatMap(({ machine, plan, outcome }) => {
    if (plan === undefined || !['done', 'same', 'ahead'].includes(outcome.type)) return []
    const generation = plan.generation ?? plan.state.generations.get(plan.number)
    const number = outcome.type === 'same' ? plan.state.current : plan.number
    if (generation === undefined)
      return [{ host: machine.name, stack: '-', digest: '-', generation: 0, packages: 0 }]
    const { stack, digest, packages } = generation
    return [
      {
        host: machine.name,
        stack,
        digest,
        generation: number,
        packages: packages.filter(({ name }) => name !== lockName(store.domain)).length,
      },
    ]
  })
  if (hosts.length === 0) return
  const { query, stdin } = recordDeployed(store, hosts, when)
  try {
    await remote.ask(query, { stdin, title: 'write down what is where' })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    context.warn(`the store could not write down what is where: ${error.message}`)
  }
}

/** A dry run knows nothing of the hosts: it says where to learn more. */
export function unasked(context: Pick<Conductor, 'log'>, deployment: Deployment): Deployment {
  context.log('a dry run asks no host what it has; --plan behind the task does, and changes nothing')
  return deployment
}

/** Whoever cancels a deployment is told where its hosts are; what runs there goes on to its end. Throws a CancelledError. */
export function refuseIfCancelled(
  { signal }: Pick<Conductor, 'signal'>,
  sites: readonly Site[],
  deployment: () => Deployment,
): void {
  if (!signal.aborted) return
  conclude(sites)
  const goesOn = sites.some(({ outcome }) => outcome.type === 'goes-on')
  const found = deployment()
  if (goesOn) throw new LeftToItself('cancelled; what was begun goes on there to its end', { found })
  throw new CancelledError('cancelled', { found })
}
