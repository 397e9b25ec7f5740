import {
  dashed,
  defaultOf,
  isRequired,
  type ParamSpec,
  type ParamSpecs,
  settingsOf,
  type TaskDescription,
  usageOf,
} from '../task/index.ts'
import { taskWord } from './task-word.ts'

/** Where values that nobody types come from. */
export interface HelpSettings {
  readonly get: (name: string) => unknown
  /** The place a setting was read from, such as `.gachetterc:3:1`, or `default`. */
  readonly originOf: (name: string) => string
}

/** `gachette help TASK`: synopsis, every parameter with type, default and where the default comes from. */
export function taskHelp(task: TaskDescription, settings: HelpSettings): string {
  const rows = paramRows(task.params, settings)
  return [
    usageOf(task.name, task.params),
    '',
    `  ${task.summary}`,
    ...(task.file === undefined ? [] : [`  from ${task.file}`]),
    ...placesOf(task),
    ...(rows.length === 0 ? [] : ['', 'Parameters, in order, or by name as --parameter VALUE:', ...rows]),
    ...examplesOf(task),
    '',
  ].join('\n')
}

const typeOf = (spec: ParamSpec): string => (spec.type === 'choice' ? spec.choices.join('|') : spec.type)

function presetOf(spec: ParamSpec, { get, originOf }: HelpSettings): string {
  const own = defaultOf(spec)
  const otherwise =
    own === undefined ? (isRequired(spec) ? 'required' : 'optional') : `default: ${shown(own)}`
  const keys = settingsOf(spec)
  if (keys.length === 0) return otherwise
  const plain = keys.at(-1) ?? ''
  const value = plain.includes('<') ? undefined : (get(plain) ?? undefined)
  // What depends on another argument has no one value to show.
  const open = keys.filter((key) => key.includes('<')).map((key) => `setting ${key}`)
  const last = value === undefined ? own : value
  const from = value === undefined ? '' : ` (setting ${plain}, ${originOf(plain)})`
  const closed = last === undefined ? [] : [`${shown(last)}${from}`]
  if (open.length + closed.length > 0) return `default: ${[...open, ...closed].join(', else ')}`
  return `${otherwise} (setting ${plain})`
}

/** Secrets show themselves as `***`. */
const shown = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(',') : value === '' ? "''" : String(value)

function placesOf({ hosts }: TaskDescription): readonly string[] {
  if (hosts === undefined) return []
  return hosts === 'none' ? ['  needs no host'] : [`  runs on ${hosts.join(', ')} unless hosts are named`]
}

/** Both ways of typing it: what it needs (or what comes first), and one by name. */
function examplesOf({ name, params }: TaskDescription): readonly string[] {
  const entries = Object.entries(params).filter(([, spec]) => spec.type !== 'boolean')
  const required = entries.filter(([, spec]) => isRequired(spec) && spec.setting === undefined)
  // Positions count: whatever stands between what it needs is typed too.
  const last = entries.findLastIndex((entry) => required.includes(entry))
  const positional = entries.slice(0, Math.max(last, 0) + 1)
  if (positional.length === 0) return []
  const others = entries.filter((entry) => !positional.includes(entry))
  const [named] = others.find(([, spec]) => spec.setting === undefined) ?? others[0] ?? []
  const words = positional.map(([param]) => param.toUpperCase())
  const modern = named === undefined ? [] : [`--${dashed(named)}`, named.toUpperCase()]
  const old = named === undefined ? [] : [`${named}=${named.toUpperCase()}`]
  return [
    '',
    'Type',
    `  gachette ${[name, ...words, ...modern].join(' ')}`,
    `  gachette ${taskWord(name, [...words, ...old])}`,
  ]
}

/** `name  type  summary`, and below the summary what it is when nobody says. */
function paramRows(params: ParamSpecs, settings: HelpSettings): readonly string[] {
  const entries = Object.entries(params)
  const width = (words: readonly string[]) => Math.max(...words.map((word) => word.length))
  const names = width(entries.map(([name]) => name))
  const types = width(entries.map(([, spec]) => typeOf(spec)))
  return entries.flatMap(([name, spec]) => {
    const preset = presetOf(spec, settings)
    const [first = '', ...more] = /^(required|optional)$/.test(preset)
      ? [spec.summary === undefined ? preset : `${spec.summary} (${preset})`]
      : [...(spec.summary === undefined ? [] : [spec.summary]), preset]
    const below = more.map((line) => `  ${' '.repeat(names + types + 4)}${line}`)
    return [`  ${name.padEnd(names)}  ${typeOf(spec).padEnd(types)}  ${first}`, ...below]
  })
}
