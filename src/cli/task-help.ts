import { quote } from '../shell/index.ts'
import {
  dashed,
  defaultOf,
  isRequired,
  type ParamSpec,
  type TaskDescription,
  usageOf,
} from '../task/index.ts'
import { taskWord } from './words.ts'

/** Where values that nobody types come from. */
export interface HelpSettings {
  readonly get: (name: string) => unknown
  /** The place a setting was read from, such as `/srv/app/.gachetterc:3:1`; undefined for gachette's own default. */
  readonly originOf: (name: string) => string | undefined
}

/** `gachette help TASK`: synopsis, every parameter with type, default and where the default comes from. */
export function taskHelp(task: TaskDescription, settings: HelpSettings): string {
  const entries = Object.entries(task.params)
  const rows = entries.map(([name, spec]) => [
    name,
    typeOf(spec),
    presetOf(spec, settings),
    spec.summary ?? '',
  ])
  return [
    usageOf(task.name, task.params),
    '',
    `  ${task.summary}`,
    ...(task.file === undefined ? [] : [`  from ${task.file}`]),
    ...placesOf(task),
    ...(rows.length === 0
      ? []
      : ['', 'Parameters, in order, or by name as --parameter VALUE:', ...table(rows)]),
    ...examplesOf(task),
    '',
  ].join('\n')
}

const typeOf = (spec: ParamSpec): string => (spec.type === 'choice' ? spec.choices.join('|') : spec.type)

function presetOf(spec: ParamSpec, { get, originOf }: HelpSettings): string {
  const own = defaultOf(spec)
  const otherwise =
    own === undefined ? (isRequired(spec) ? 'required' : 'optional') : `default: ${shown(own)}`
  const key = spec.setting
  if (key === undefined) return otherwise
  if (key.includes('<')) return `default: setting ${key}${own === undefined ? '' : `, else ${shown(own)}`}`
  const value = get(key)
  if (value === undefined || value === null) return `${otherwise} (setting ${key})`
  return `default: ${shown(value)} (setting ${key}, ${originOf(key) ?? "gachette's own"})`
}

/** Secrets show themselves as `***`. */
const shown = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(',') : value === '' ? "''" : String(value)

function placesOf({ hosts }: TaskDescription): readonly string[] {
  if (hosts === undefined) return []
  return hosts === 'none' ? ['  needs no host'] : [`  runs on ${hosts.join(', ')} unless hosts are named`]
}

/** Both ways of typing it, with its required parameters and one by name. */
function examplesOf({ name, params }: TaskDescription): readonly string[] {
  const entries = Object.entries(params)
  const required = entries.filter(([, spec]) => isRequired(spec) && spec.setting === undefined)
  const named = entries.find(
    ([, spec]) => !required.some(([, each]) => each === spec) && spec.type !== 'boolean',
  )
  const words = required.map(([param]) => param.toUpperCase())
  if (entries.length === 0) return []
  const modern = [
    name,
    ...words,
    ...(named === undefined ? [] : [`--${dashed(named[0])}`, named[0].toUpperCase()]),
  ]
  const old = taskWord(name, [
    ...words,
    ...(named === undefined ? [] : [`${named[0]}=${named[0].toUpperCase()}`]),
  ])
  return ['', 'Type', `  gachette ${modern.join(' ')}`, `  gachette ${quote(old).replaceAll("'", '')}`]
}

/** Columns wide enough for what stands in them. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd())
}
