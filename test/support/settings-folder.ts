import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type LoadedSettings, type LoadRequest, loadSettings } from '../../src/config/index.ts'
import { SettingsError } from '../../src/shell/index.ts'

/** A home folder of a test's own, with a project in it. */
export interface SettingsFolder {
  readonly home: string
  /** `home/project`, the working directory unless told. */
  readonly cwd: string
  load(request?: Partial<LoadRequest>): Promise<LoadedSettings>
  /** The message, and the hint in a line of its own, of settings that must not load. */
  refusal(request?: Partial<LoadRequest>): Promise<string>
}

/** Makes the files (paths relative to the project) in a fresh home folder, which goes when the test ends. */
export function settingsFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): SettingsFolder {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'gachette-settings-')))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const cwd = join(home, 'project')
  mkdirSync(cwd)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), text, { mode: 0o600 })
  }
  const load = (request: Partial<LoadRequest> = {}) => loadSettings({ cwd, home, env: {}, ...request })
  return {
    home,
    cwd,
    load,
    async refusal(request) {
      try {
        await load(request)
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error
        return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`
      }
      throw new Error('these settings were accepted')
    },
  }
}

/** Loads one project file's text. */
export const loadText = (text: string): Promise<LoadedSettings> =>
  settingsFolder({ '.gachetterc': text }).load()

/** The refusal of one project file's text. */
export const refusalOf = (text: string | Uint8Array): Promise<string> =>
  settingsFolder({ '.gachetterc': text }).refusal()

/** An override as `--set` makes it. */
export const set = (key: string, value: string) => ({ key, value, source: '--set' })
