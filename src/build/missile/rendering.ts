import { TaskError } from '../../shell/index.ts'
import { BASES } from './bases.ts'
import { shellQuote, TemplateError, TemplateMissing, Templates } from './jinja/index.ts'
import { compareText, Dict, str } from './python/index.ts'
import type { Variables } from './variables.ts'

/** Renders a template of the project (or one of ours) by its name. */
export type Render = (template: string, variables: Variables) => string

/** A file of the project that rendering needs and that was not read with the missile: to be asked for. */
export class FileNeeded extends Error {
  /** Relative to the project. */
  readonly path: string

  constructor(path: string) {
    super(path)
    this.path = path
  }
}

/**
 * A renderer over the texts that are at hand: path → text, undefined where the project has no such file. Throws a
 * FileNeeded for any other, and a TaskError with template and line for what is wrong with a template.
 */
export function renderer(files: ReadonlyMap<string, string | undefined>): Render {
  const templates = new Templates((name) => {
    const base = BASES.get(name)
    if (base !== undefined) return base
    if (!files.has(name)) throw new FileNeeded(name)
    return files.get(name)
  })
  return (template, variables) => {
    try {
      return templates.render(template, variables)
    } catch (error) {
      if (error instanceof TemplateMissing) {
        const by = error.from ? `${error.from.template}:${error.from.line}: ` : ''
        throw new TaskError(`${by}there is no template ${error.template} in the project`)
      }
      if (error instanceof TemplateError)
        throw new TaskError(
          `${error.template}:${error.line}: ${error.message}${error.template === template ? '' : ` (used by ${template})`}`,
        )
      throw error
    }
  }
}

/** The `.conf` of a configuration: every option as a shell variable (missile.md §5). */
export function configurationFile(variables: Variables): string {
  const options = variables.get('options')
  const entries = options instanceof Dict ? options.entries() : []
  const lines = entries
    .map(([key, value]) => ({ key: str(key), value }))
    .sort((a, b) => compareText(a.key.toLowerCase(), b.key.toLowerCase()))
    .map(({ key, value }) => `export ${key.toUpperCase()}=${shellQuote(str(value))}`)
  return `\n${lines.join('\n')}\n`
}
