import type { LoadedSettings, Settings } from '../config/index.ts'
import type { Host, HostRequest, Inventory } from '../inventory/index.ts'
import { UsageError } from '../shell/index.ts'
import { type Invocation, projectParam } from '../task/index.ts'

/** What is known where a run begins. */
export interface Known {
  readonly settings: Pick<LoadedSettings, 'settings'>
  /** What is known of hosts; the first who asks has the inventory program run. */
  readonly inventory: () => Promise<Inventory>
}

/**
 * The hosts of one step: what the run names, else its project's, else the task's own, else the setting. Empty for a
 * task that needs none; where one is needed and none is named, a UsageError says how to name one. Has the inventory
 * program run only where hosts are needed.
 */
export async function hostsFor(
  invocation: Invocation,
  request: HostRequest,
  known: Known,
): Promise<readonly Host[]> {
  const { task, name } = invocation
  const { settings } = known.settings
  if (task.hosts === 'none') return []
  const built = projectOf(invocation)
  // Whoever deploys says where to: the hosts setting is mostly the build machine.
  const usual = task.conducts ? [] : settings.hosts
  const ours = [projectHosts(settings, built), task.hosts ?? [], usual].find(isSome) ?? []
  const isNamed = isSome(request.hosts) || isSome(request.roles)
  if (!isNamed && !isSome(ours)) throw noHosts(invocation, built)
  const hosts = (await known.inventory()).select(request, ours)
  if (isSome(hosts)) return hosts
  throw noneLeft(name, request)
}

const isSome = (list: readonly unknown[]): boolean => list.length > 0

function projectOf({ task, args }: Invocation): string | undefined {
  const param = projectParam(task.params)
  const value = param === undefined ? undefined : args[param]
  return typeof value === 'string' ? value : undefined
}

function projectHosts({ projects }: Settings, project: string | undefined): readonly string[] {
  return project !== undefined && Object.hasOwn(projects, project) ? (projects[project]?.hosts ?? []) : []
}

const nameOf = (task: string): string => (task === 'command' ? 'the command' : task)

function noneLeft(task: string, { exclude, limit = [] }: HostRequest): UsageError {
  if (isSome(limit))
    return new UsageError(`${nameOf(task)}: no host is left`, {
      hint: `none of them is among --limit ${limit.join(',')}`,
    })
  return isSome(exclude)
    ? new UsageError(`${nameOf(task)}: no host is left`, {
        hint: `-x ${exclude.join(',')} leaves all of them out`,
      })
    : new UsageError(`${nameOf(task)}: what is given as hosts names none`, {
        hint: 'is a variable empty, or a role?',
      })
}

function noHosts({ name: task, task: { conducts } }: Invocation, project: string | undefined): UsageError {
  if (conducts)
    return new UsageError(`${nameOf(task)}: it is not said for which hosts`, {
      hint: 'name them:  -R role  or  -H user@host',
    })
  const ways = ['name one:  -H user@host  or  -R role  or  -H local  for this machine']
  if (project !== undefined) ways.push(`or set  projects.${project}.hosts`)
  ways.push('or set  hosts  in .gachetterc')
  return new UsageError(`${nameOf(task)}: there is no host to run on`, {
    hint: ways.join('\n'),
  })
}
