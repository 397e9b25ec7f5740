import { dirname } from 'node:path'
import { type LoadedSettings, loadSettings } from '../config/index.ts'
import type { Inventory } from '../inventory/index.ts'
import type { OpenSession } from '../run/index.ts'
import { Secret } from '../shell/index.ts'
import { type Asking, askingAt } from './asking.ts'
import { type Catalogue, openCatalogue } from './catalogue.ts'
import type { Globals } from './options.ts'
import type { World } from './streams.ts'

/** What a command line is about: the settings that hold here, and the tasks there are. */
export interface Project {
  readonly settings: LoadedSettings
  /** As typed after -c. */
  readonly configFile: string | undefined
  readonly asking: Asking
  /** What is odd about the settings, one line each. */
  readonly warnings: readonly string[]
  readonly catalogue: () => Promise<Catalogue>
  /** What is known of hosts; the first who asks has the inventory program run. */
  readonly inventory: () => Promise<Inventory>
}

/** What the command line puts together: the tasks, the public API, and the way to a host. */
export interface Wiring {
  readonly builtIn: () => Promise<object>
  readonly api: () => Promise<object>
  readonly connections: (options: ConnectionOptions) => Promise<OpenSession>
}

export interface ConnectionOptions {
  readonly settings: LoadedSettings
  readonly asking: Asking
}

/** Reads the settings; the tasks are looked for when somebody asks for them. */
export async function openProject(globals: Globals, world: World, wiring: Wiring): Promise<Project> {
  const { cwd, home, env } = world
  const where = { cwd, home, env, configFile: globals.configFile }
  const asking = askingAt(world)
  const settings = await loadSettings({ ...where, overrides: globals.settings, prompt: asking.prompt })
  const { projectDir, files } = settings
  const places = {
    projectDir,
    settingsDirs: files.map((file) => dirname(file)),
    tasks: settings.settings.tasks,
  }
  const isLasting = !globals.settings.some(({ key }) => key === 'tasks')
  const { builtIn, api } = wiring
  let catalogue: Promise<Catalogue> | undefined
  let inventory: Promise<Inventory> | undefined
  return {
    settings,
    configFile: globals.configFile,
    asking,
    warnings: [...settings.warnings, ...typedSecrets(globals, settings)],
    catalogue: () => {
      catalogue ??= openCatalogue({ where, places, isLasting, builtIn, api })
      return catalogue
    },
    inventory: () => {
      inventory ??= import('./inventory.ts').then((room) => room.inventoryFor(settings, world))
      return inventory
    },
  }
}

const typedSecrets = ({ settings }: Globals, { get }: LoadedSettings): readonly string[] =>
  settings
    .filter(({ key }) => get(key) instanceof Secret)
    .map(
      ({ key, source }) =>
        `${source} ${key}: a secret, typed where every user of this machine can read it; it is masked from here on`,
    )
