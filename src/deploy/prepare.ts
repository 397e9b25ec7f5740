import { type FailedCommand, type Query, script, sh, TaskError } from '../shell/index.ts'
import type { HostPlan } from './plan.ts'
import { base } from './shell/base.ts'
import { PREPARE } from './shell/prepare.ts'

/** What a host answers that has all it needs. */
export interface Prepared {
  /** What apt installs besides: packages of no stack, which stay when the host goes back. */
  readonly others: readonly { readonly name: string; readonly version: string }[]
  /** A dpkg that had been interrupted was brought to an end. */
  readonly wasHealed: boolean
}

/** The host cannot be brought there; nothing was installed on it. */
export class NotPrepared extends TaskError {
  override readonly code = 'not-prepared'
}

/** Asks a host to take a job (its stdin) and to say whether apt could carry it out. */
export const prepareHost = (domain: string, id: string, plan: HostPlan): Query<Prepared> => ({
  command: script(sh`${base(domain)}
id=${id}
${PREPARE}`),
  parse: (stdout) => parsePrepared(stdout, plan),
  assumed: { others: [], wasHealed: false },
  failed: (failure) => refusalOf(failure, plan),
})

/** Reads what apt would do, and refuses what was not planned. Throws a NotPrepared. */
export function parsePrepared(stdout: string, plan: HostPlan): Prepared {
  const facts = factsOf(stdout)
  if (!facts.some(([key]) => key === 'prepared'))
    throw new NotPrepared('the host did not say that it is ready')
  const changes = plan.changes.map(({ type, name, version }) => [name, { type, version }] as const)
  // Of another architecture than the host's, apt says which: `shop:i386`.
  const qualified = plan.want.flatMap(({ name, architecture }, at) => {
    const change = changes[at]?.[1]
    return change === undefined ? [] : [[`${name}:${architecture}`, change] as const]
  })
  const planned = new Map([...changes, ...qualified])
  const removals = facts
    .filter(([key, name = '']) => key === 'remv' && planned.get(name)?.type !== 'remove')
    .map(([, name]) => name)
  if (removals.length > 0)
    throw new NotPrepared(`apt would remove ${removals.join(', ')} to get there`, {
      hint: 'a package of the stack conflicts with them, or replaces what they need; remove them yourself, or mend the stack',
    })
  const installs = facts
    .filter(([key]) => key === 'inst')
    .map(([, name = '', version = '']) => ({ name, version }))
  const other = installs.find(
    ({ name, version }) => planned.has(name) && planned.get(name)?.version !== version,
  )
  if (other !== undefined)
    throw new NotPrepared(
      `apt would install ${other.name} ${other.version}, and the stack has ${planned.get(other.name)?.version ?? 'another'}`,
    )
  return {
    others: installs.filter(({ name }) => !planned.has(name)),
    wasHealed: facts.some(([key]) => key === 'healed'),
  }
}

function refusalOf({ stdout }: FailedCommand, plan: HostPlan): Error | undefined {
  const facts = factsOf(stdout)
  const output = facts.filter(([key]) => key === 'said').map(([, line = '']) => line)
  for (const [key = '', ...values] of facts) {
    const [message, hint] = REFUSALS[key]?.(values, plan) ?? []
    if (message !== undefined)
      return new NotPrepared(message, { ...(hint && { hint }), output: output.slice(-10) })
  }
  return undefined
}

const REFUSALS: Readonly<
  Record<string, (values: readonly string[], plan: HostPlan) => readonly [string, string?]>
> = {
  unwritten: ([path, freeKiB]) =>
    /^\d+$/.test(freeKiB ?? '') && Number(freeKiB) < 4096
      ? [`its disk is full: ${freeKiB} KiB are free for ${path}`, 'make room there, then repeat']
      : [`${path} cannot be written there`],
  room: ([mount, freeKiB, neededKiB]) => [
    `${mount} has ${freeKiB} KiB free, and ${neededKiB} KiB are needed`,
    'make room there, then repeat',
  ],
  tampered: ([file, found], plan) => [
    `${nameOf(plan, file)} arrived as other bytes than the stack has (sha256 ${found})`,
    'its copy on this machine was damaged and is given up: repeat',
  ],
  spoiled: ([path, found], plan) => [
    `${path} (${nameOf(plan, path)}) was changed there: its sha256 is ${found}`,
    'it was removed there: repeat, and it is sent again',
  ],
  absent: ([path]) => [`${path} is gone there`, 'repeat'],
  unsolved: () => ['apt finds no way to install it'],
  unfetched: () => [
    'what its packages depend on could not be downloaded',
    "refresh what apt knows there (apt-get update), or look at the host's network",
  ],
}

const nameOf = (plan: HostPlan, path = ''): string => {
  const sum = /([0-9a-f]{64})\.deb$/.exec(path)?.[1]
  const found = [...plan.want, ...plan.back].find(({ sha256 }) => sha256 === sum)
  return found === undefined ? path : `${found.name} ${found.version}`
}

const factsOf = (stdout: string): readonly (readonly string[])[] =>
  stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
