import type { TaskDescription } from '../task/describe.ts'
import type { ParamSpec } from '../task/params.ts'

/** `gachette -l`: the tasks with their summaries and parameters, the project's own after the built-in ones. */
export function listText(tasks: readonly TaskDescription[]): string {
  const width = Math.max(...tasks.map(({ name }) => name.length), 8) + 2
  const own = tasks.filter(({ group }) => group === 'project')
  const builtIn = tasks.filter(({ group }) => group === 'built-in')
  const section = (title: string, some: readonly TaskDescription[]) =>
    some.length === 0 ? [] : [title, ...some.flatMap((task) => entry(task, width)), '']
  return [
    ...section('Built-in tasks:', builtIn),
    ...section("The project's own:", own),
    'gachette help TASK says more of one; gachette --help shows how to run them.\n',
  ].join('\n')
}

/** `gachette -l --json`: one document. */
export function listJson(tasks: readonly TaskDescription[]): string {
  const listed = tasks.map(({ params, ...task }) => ({
    ...task,
    params: Object.entries(params).map(([name, spec]) => ({ name, ...spec })),
  }))
  return `${JSON.stringify({ v: 1, tasks: listed }, null, 2)}\n`
}

function entry({ name, summary, params }: TaskDescription, width: number): readonly string[] {
  const names = Object.entries(params).map(([param, spec]) => shown(param, spec))
  const first = `  ${name.padEnd(width)}${oneLine(summary)}`
  return names.length === 0 ? [first] : [first, `  ${' '.repeat(width)}  ${names.join(', ')}`]
}

/** `wait=30`, `[token]`, `name`: what may be left out shows what it is then, or stands in brackets. */
function shown(name: string, spec: ParamSpec): string {
  const preset = 'default' in spec ? spec.default : undefined
  if (preset !== undefined) return `${name}=${oneLine(String(preset))}`
  return spec.optional === true || spec.setting !== undefined || spec.type === 'boolean' ? `[${name}]` : name
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')
