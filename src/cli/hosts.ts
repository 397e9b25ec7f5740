import type { Settings } from '../config/index.ts'
import { type Host, selectHosts } from '../inventory/index.ts'
import type { RunRequest } from '../run/index.ts'
import { UsageError } from '../shell/index.ts'
import { type Invocation, projectParam } from '../task/index.ts'

/**
 * The hosts of one step: what the run names, else its project's, else the task's own, else the setting. Empty for a
 * task that needs none; where one is needed and none is named, a UsageError says how to name one.
 */
export function hostsFor(invocation: Invocation, request: RunRequest, settings: Settings): readonly Host[] {
  const { task, name } = invocation
  if (task.hosts === 'none') return []
  const project = projectOf(invocation)
  const ours = [projectHosts(settings, project), task.hosts ?? [], settings.hosts].find(isSome) ?? []
  const isNamed = isSome(request.hosts) || isSome(request.roles)
  if (!isNamed && !isSome(ours)) throw noHosts(name, project)
  const hosts = selectHosts(request, { hosts: ours, roles: settings.roles })
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

function noneLeft(task: string, { exclude }: RunRequest): UsageError {
  return isSome(exclude)
    ? new UsageError(`${nameOf(task)}: no host is left`, {
        hint: `-x ${exclude.join(',')} leaves all of them out`,
      })
    : new UsageError(`${nameOf(task)}: what is given as hosts names none`, {
        hint: 'is a variable empty, or a role?',
      })
}

function noHosts(task: string, project: string | undefined): UsageError {
  const ways = ['name one:  -H user@host  or  -R role  or  -H local  for this machine']
  if (project !== undefined) ways.push(`or set  projects.${project}.hosts`)
  ways.push('or set  hosts  in .gachetterc')
  return new UsageError(`${nameOf(task)}: there is no host to run on`, {
    hint: ways.join('\n'),
  })
}
