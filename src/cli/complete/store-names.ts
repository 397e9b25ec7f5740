import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { settingsInventory } from '../../config/index.ts'
import { execute, hostsFor, planRun } from '../../run/index.ts'
import { bind, findTask } from '../../task/index.ts'
import type { Project, Wiring } from '../project.ts'
import { privateCacheDir } from '../quick.ts'
import type { World } from '../streams.ts'

/** A Tab waits so long for the host, and a list is good for so long. */
const PATIENCE_MS = 2000
const KEPT_MS = 60_000

/** The task that lists what is to be named. */
type Listing = 'stack_list' | 'stack_packages'

/** The names of the stacks, or of the packages, as the host of the settings tells them; none where it does not answer soon. */
export async function namesInStore(
  listing: Listing,
  project: Project,
  world: World,
  wiring: Wiring,
): Promise<readonly string[]> {
  const { settings } = project.settings
  const place = JSON.stringify([settings.hosts, settings.meta_path, settings.domain])
  const cacheDir = privateCacheDir(world)
  const path = cacheDir && join(cacheDir, `${listing}.json`)
  const kept = path === undefined ? undefined : readKept(path)
  if (kept?.place === place && Date.now() - kept.at < KEPT_MS) return kept.names
  const names = await askedNames(listing, project, world, wiring)
  if (path !== undefined && names.length > 0)
    writeFileSync(path, JSON.stringify({ place, at: Date.now(), names }), { mode: 0o600 })
  return names
}

async function askedNames(
  listing: Listing,
  project: Project,
  world: World,
  wiring: Wiring,
): Promise<readonly string[]> {
  const catalogue = await project.catalogue()
  const description = findTask(catalogue.tasks, `gachette.${listing}`)
  if (description === undefined) return []
  const { settings } = project
  const setting = (name: string) => settings.get(name)
  const task = await catalogue.load(description)
  const call = { task: listing, positional: [], named: {} }
  const invocation = bind(listing, task, call, { setting, cwd: world.cwd, warn: () => {} })
  const request = {
    v: 1,
    calls: [call],
    hosts: [],
    roles: [],
    exclude: [],
    settings: [],
    dryRun: false,
  } as const
  // A Tab does not wait for an inventory program.
  const inventory = async () => settingsInventory(settings)
  const hosts = (await hostsFor(invocation, request, { settings, inventory })).slice(0, 1)
  const openSession = await wiring.connections({ settings, asking: { hold: () => () => {} } })
  const { steps } = await execute(planRun([{ invocation, hosts }]), {
    openSession,
    setting,
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  return namesIn(steps[0]?.result)
}

function readKept(path: string) {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof kept !== 'object' || kept === null) return undefined
    const { place, at, names } = kept as Partial<Record<string, unknown>>
    return typeof place === 'string' && typeof at === 'number' && isNames(names)
      ? { place, at, names }
      : undefined
  } catch {
    return undefined
  }
}

const isNames = (names: unknown): names is readonly string[] =>
  Array.isArray(names) && names.every((name) => typeof name === 'string')

/** What both answer: objects with a name; a stack may have others besides (`latest`, channels). */
const namesIn = (result: unknown): readonly string[] => {
  const names = (Array.isArray(result) ? result : []).flatMap((each: unknown): readonly unknown[] => {
    if (typeof each !== 'object' || each === null) return []
    const { name, aliases } = each as Readonly<Record<string, unknown>>
    return [name, ...(Array.isArray(aliases) ? aliases : [])]
  })
  return names.filter((name) => typeof name === 'string')
}
