import { dirname } from 'node:path'
import type { Secret } from '../shell/index.ts'
import { environmentLayer } from './environment.ts'
import { readFiles } from './files.ts'
import { isKey, type Key, keyOf } from './keys.ts'
import { isLiteral, secret } from './kinds-of-secrets.ts'
import { type Given, type Layer, layerOf } from './layers.ts'
import { type MergedSettings, mergeLayers } from './merge.ts'
import { projectFolder, type Where } from './places.ts'
import { inOrderOfPlace, type Problem, settingsError } from './problem.ts'
import { type OverrideValue, rawOf } from './raw.ts'
import { readLayer, type Values } from './values.ts'

/** One setting from the command line: `--set key=value`, or a flag that stands for a setting. */
export interface Override {
  readonly key: string
  /** A text is read as in the environment: `true`, `22`, `a,b`. */
  readonly value: OverrideValue
  /** Such as `--set` or `--user`. */
  readonly source: string
}

export interface LoadRequest extends Where {
  /** Asks a person for a secret that the settings say is to be asked for; absent where there is nobody. */
  readonly prompt?: ((question: string) => Promise<Secret>) | undefined
  /** Later ones win. */
  readonly overrides?: readonly Override[]
}

/** All settings of a run. */
export interface LoadedSettings extends MergedSettings {
  /** The files read, nearest first, absolute. */
  readonly files: readonly string[]
  /** What is not wrong but should be known, one line each. */
  readonly warnings: readonly string[]
  /** The project's folder, absolute: where tasks of the user's own are looked for. */
  readonly projectDir: string
}

/**
 * Finds, reads, checks and merges all settings: files (nearest wins), then GACHETTE_* variables, then overrides. Rejects
 * with one SettingsError that holds every problem of every place. Imports its parsers only if there is a file to read.
 */
export async function loadSettings(request: LoadRequest): Promise<LoadedSettings> {
  const problems: Problem[] = []
  const warnings: string[] = []
  const layers: Values[] = []
  const reading = { home: request.home, world: { env: request.env, prompt: request.prompt } }
  const known = new Map<string, Key>()
  const found = await readFiles(request, problems)
  for (const { path, file, text, readableByOthers } of found) {
    const { parseYaml } = await import('./yaml-file.ts')
    const inFile: Problem[] = []
    const layer = layerOf(parseYaml(text, file, inFile), dirname(path), inFile)
    if (
      readableByOthers &&
      [...layer.values()].some(({ key, raw }) => key.setting.kind === secret && isLiteral(raw))
    )
      warnings.push(`${file} holds a secret, and every user of this machine can read it; chmod 600 it`)
    for (const [full, { key }] of layer) known.set(full, key)
    layers.unshift(readLayer(layer, reading, inFile))
    problems.push(...inOrderOfPlace(inFile))
  }
  const warn = (message: string) => void warnings.push(message)
  const environment = environmentLayer(request.env, known.values(), { cwd: request.cwd, problems, warn })
  layers.push(readLayer(environment, reading, problems))
  layers.push(readLayer(overridesLayer(request, problems), reading, problems))
  const [first, ...others] = problems
  if (first !== undefined) throw settingsError([first, ...others])
  return {
    ...mergeLayers(layers),
    files: found.map(({ path }) => path),
    warnings,
    projectDir: projectFolder(request),
  }
}

function overridesLayer({ overrides = [], cwd }: LoadRequest, problems: Problem[]): Layer {
  const layer = new Map<string, Given>()
  for (const { key: name, value, source } of overrides) {
    const key = keyOf(name)
    if (isKey(key)) layer.set(key.full, { key, raw: rawOf(value, source), source, folder: cwd })
    else problems.push({ where: source, what: key.what, hint: key.hint })
  }
  return layer
}
