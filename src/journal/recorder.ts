import { basename } from 'node:path'
import { withoutCredentials } from '../config/index.ts'
import {
  type FindOptions,
  findSettings,
  REQUEST_VERSION,
  type RunEvent,
  type RunRequest,
} from '../run/index.ts'
import { Secret } from '../shell/index.ts'
import type { Journal } from './journal.ts'
import { beginJournal, type Keeping } from './open.ts'
import type { StateWhere } from './place.ts'
import { RECORD_VERSION, type RunRecord } from './record.ts'
import { withoutSecrets } from './withheld.ts'

/** The settings of the runs that are to be recorded, as they are told to `run`, and what to call them. */
export interface RecorderOptions extends FindOptions {
  /** What `gachette runs` shows of a run; the name of the program's file and its tasks unless given. */
  readonly title?: string
  /** Hears once why a run is not recorded, or not any more; nobody does unless given. */
  readonly warn?: (message: string) => void
}

/** Hears the events of one run after the other. */
export async function recorderIn(
  place: StateWhere,
  { title, warn = () => {}, ...where }: RecorderOptions,
): Promise<(event: RunEvent) => void> {
  const setting = await findSettings(where)
  const keeping: Keeping = {
    kept: Number(setting('runs_kept')),
    limit: Number(setting('log_limit')) * 1024 * 1024,
    warn,
  }
  const isSecret = (key: string) => setting(key) instanceof Secret
  let journal: Journal | undefined
  return (event) => {
    if (event.type === 'run-started') {
      journal?.close()
      const isKept = keeping.kept > 0 && !event.dryRun
      journal = isKept
        ? beginJournal(place, recordOf(event, { ...where, title, isSecret }), keeping)
        : undefined
    }
    journal?.on(event)
    if (event.type !== 'run-ended') return
    journal?.close()
    journal = undefined
  }
}

function recordOf(
  { run, time, hosts, steps }: RunEvent & { readonly type: 'run-started' },
  {
    title,
    isSecret,
    settings = {},
    cwd = process.cwd(),
    configFile,
  }: Omit<RecorderOptions, 'title'> & {
    readonly title: string | undefined
    readonly isSecret: (key: string) => boolean
  },
): RunRecord {
  const overrides = Object.entries(settings).map(([key, value]) => ({ key, value, source: 'the script' }))
  const request: RunRequest = {
    ...{ v: REQUEST_VERSION, calls: [], hosts, roles: [], exclude: [], settings: overrides, dryRun: false },
    ...(configFile === undefined ? {} : { configFile }),
  }
  const texts = steps.map(({ text }) => withoutCredentials(text))
  return {
    v: RECORD_VERSION,
    run,
    startedAt: time,
    line: title ?? `${basename(process.argv[1] ?? 'a program')}: ${texts.join('; ')}`,
    ...withoutSecrets(request, [], { masked: withoutCredentials, isSecret }),
    plan: {
      hosts: hosts.map((label) => ({ label, host: label })),
      steps: steps.map(({ task, hosts: on = hosts }, at) => ({
        task,
        text: texts[at] ?? '',
        hosts: on,
        args: {},
      })),
    },
    cwd,
    settingsFiles: [],
    isScript: true,
  }
}
