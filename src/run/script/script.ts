import { homedir } from 'node:os'
import { loadSettings, type OverrideValue, openInventory } from '../../config/index.ts'
import type { Secret } from '../../shell/index.ts'
import type { SettingLookup } from '../../task/index.ts'
import { connectionsOf } from '../connections.ts'
import { EVENTS_VERSION, type RunEvent } from '../events.ts'
import { type ExecuteOptions, execute, type RunOutcome } from '../execute.ts'
import type { Known } from '../hosts-for.ts'
import type { Plan } from '../plan.ts'
import { runSettings } from '../run-settings.ts'

/** What a program says of a run, besides what is to be done where. */
export interface ScriptOptions {
  /** Settings by dotted name; they win over the files, as `--set` does: `{ batch: '25%', user: 'root' }`. */
  readonly settings?: Readonly<Record<string, OverrideValue>>
  /** Where settings files are looked for; the working directory unless given. */
  readonly cwd?: string
  /** This settings file instead of those. */
  readonly configFile?: string
  /** Hears what happens: commands, output, warnings. Without it a script is silent. */
  readonly onEvent?: (event: RunEvent) => void | Promise<void>
  /** Aborting starts nothing new, and ends what runs. */
  readonly signal?: AbortSignal
  /** Nothing is connected and nothing runs: every answer is assumed. */
  readonly dryRun?: boolean
  /** Asks a person for a passphrase or a password; without it nobody is asked. */
  readonly prompt?: (question: string) => Promise<Secret>
}

/** The settings and hosts a program finds, as the command line finds them, and the way to carry out a plan there. */
export interface Script extends Known {
  readonly setting: SettingLookup
  readonly options: ReturnType<typeof runSettings>
  readonly execute: (plan: Plan, more?: Pick<ExecuteOptions, 'earlier'>) => Promise<RunOutcome>
}

/** Rejects with a SettingsError. */
export async function openScript(script: ScriptOptions): Promise<Script> {
  const { cwd = process.cwd(), configFile, onEvent, signal, dryRun = false, prompt } = script
  const overrides = Object.entries(script.settings ?? {}).map(([key, value]) => ({
    key,
    value,
    source: 'the script',
  }))
  const settings = await loadSettings({ cwd, home: homedir(), env: process.env, configFile, overrides })
  let opened: ReturnType<typeof openInventory> | undefined
  const inventory = () => {
    opened ??= openInventory(settings, { env: process.env, signal })
    return opened
  }
  const setting = Object.assign((name: string) => settings.get(name), {
    all: () => settings.origins(),
    configFile,
  })
  const options = runSettings(settings.settings)
  return {
    settings,
    inventory,
    setting,
    options,
    execute: async (plan, more = {}) => {
      // What concerns no host has no inventory program run.
      const known = plan.steps.every(({ isOnce }) => isOnce) ? undefined : await inventory()
      for (const text of settings.warnings)
        await onEvent?.({ v: EVENTS_VERSION, time: new Date().toISOString(), type: 'warning', text })
      return execute(plan, {
        setting,
        openSession: connectionsOf(settings, prompt),
        ...(known && { hostOf: (text) => known.host(text) }),
        ...options,
        dryRun,
        prompt,
        ...(onEvent === undefined ? {} : { onEvent }),
        ...(signal === undefined ? {} : { signal }),
        ...more,
      })
    },
  }
}
