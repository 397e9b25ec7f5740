import { quote } from './quote.ts'
import { Secret } from './secret.ts'

/** What may stand in `${}` of a command: one word, several (an array), a command to splice, or a secret. */
export type CommandValue = string | number | Secret | Command | readonly (string | number | Secret)[]

/** A piece of a command: shell text as written, or a secret that travels by stdin. */
export type CommandPart = string | Secret

/** A command line for a POSIX shell, as a value: made by `sh`, carried out by a session. */
export interface Command {
  readonly kind: 'command'
  readonly parts: readonly CommandPart[]
}

/** A question: a command, and what its stdout means. `assumed` stands for the answer in a dry run. */
export interface Query<T> {
  readonly command: Command
  /** Parses the whole of stdout, untrimmed. Throws a TaskError when it is not what was promised. */
  parse(stdout: string): T
  readonly assumed: T
  /** The error for an exit code that has a meaning of its own; undefined: an ordinary failed command. */
  failed?(failure: FailedCommand): Error | undefined
}

/** How a command ended that did not end well, for `Query.failed`: its exit code and the end of what it printed. */
export interface FailedCommand {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * A command as data: `` sh`git -C ${dir} fetch ${url}` ``. Each `${}` is one quoted word, an array is several words,
 * a command is spliced in, a secret prints as `***` and travels by stdin. Quoting does not stop a word from being
 * an option: parse refs, names and paths into types first. The rules of quoting are POSIX 2.2.2; a NUL byte is refused
 * with a UsageError.
 */
export function sh(text: TemplateStringsArray, ...values: readonly CommandValue[]): Command {
  // Task files are not checked for types where they run: what is no template, or no word, must not become a command.
  if (!isTemplate(text))
    throw new TypeError('a command is a template, run`…` or run(sh`…`, options), and no other text')
  const parts: CommandPart[] = []
  text.raw.forEach((literal, at) => {
    // `raw`, so that \n and \( reach the shell as typed; only \` and \${ are ours.
    parts.push(literal.replace(/\\(`|\$\{)/g, '$1'))
    const value = values[at]
    if (at >= values.length) return
    if (value === undefined || !isValue(value)) throw new TypeError(noWord(text.raw, at, value))
    parts.push(...partsOf(value))
  })
  return command(parts)
}

const isTemplate = (text: unknown): text is TemplateStringsArray => Array.isArray(text) && 'raw' in text

const isValue = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isValue) : isCommand(value) || value instanceof Secret || isWord(value)

const isWord = (value: unknown): boolean => ['string', 'number', 'bigint', 'boolean'].includes(typeof value)

function noWord(literals: readonly string[], at: number, value: unknown): string {
  const what = value === undefined || value === null ? String(value) : 'no text, number, list or command'
  return `\${} number ${at + 1} of "${literals.join(`\${}`).trim()}" is or holds ${what}`
}

/** A line for the remote shell exactly as somebody typed it. Never for text from anywhere else. */
export const shellLine = (line: string): Command => command([line])

/** A program and its arguments, each carried literally. */
export const words = (argv: readonly (string | number | Secret)[]): Command => command(partsOf(argv))

/** Several commands as one, with shell text such as ` && ` or a newline between them. */
export function join(commands: readonly Command[], separator: string): Command {
  return command(commands.flatMap((each, at) => (at === 0 ? each.parts : [separator, ...each.parts])))
}

/** The command as people may see it: secrets as `***`. */
export const show = (shown: Command): string => shown.parts.map(String).join('')

/**
 * The command as shell text, and the secrets it needs: shell variable name → value. Whoever runs it sets these variables
 * from stdin first, so that no secret is ever an argument of the shell.
 */
export function render(rendered: Command): {
  readonly text: string
  readonly secrets: ReadonlyMap<string, Secret>
} {
  const secrets = new Map<string, Secret>()
  const names = new Map<Secret, string>()
  const text = rendered.parts.map((part) => {
    if (!(part instanceof Secret)) return part
    const name = names.get(part) ?? `gachette_secret_${names.size + 1}`
    names.set(part, name)
    secrets.set(name, part)
    return `"\${${name}}"`
  })
  return { text: text.join(''), secrets }
}

/** Whether a value is a command, made by `sh` and its like. */
export const isCommand = (value: unknown): value is Command =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  value.kind === 'command' &&
  'parts' in value

function command(parts: readonly CommandPart[]): Command {
  return Object.freeze({ kind: 'command' as const, parts: Object.freeze(merge(parts)) })
}

function partsOf(value: CommandValue): readonly CommandPart[] {
  if (value instanceof Secret) return [value]
  if (isCommand(value)) return value.parts
  if (typeof value === 'object')
    return value.flatMap((word, at) => (at === 0 ? partsOf(word) : [' ', ...partsOf(word)]))
  return [quote(String(value))]
}

function merge(parts: readonly CommandPart[]): CommandPart[] {
  const merged: CommandPart[] = []
  for (const part of parts) {
    const last = merged.at(-1)
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part
    else if (part !== '') merged.push(part)
  }
  return merged
}
