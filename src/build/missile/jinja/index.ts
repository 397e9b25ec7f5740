import type { Value } from '../python/index.ts'
import { TemplateMissing } from './error.ts'
import type { Template } from './nodes.ts'
import { parseTemplate } from './parser.ts'
import { renderTemplate } from './render.ts'

export { TemplateError, TemplateMissing } from './error.ts'
export { shellQuote } from './filters-text.ts'
export { globals } from './globals.ts'
export { isCallable } from './tests.ts'

/** Templates by name, rendered as Jinja2 2.11 renders them on Python 2, with StrictUndefined and `shquote`. */
export class Templates {
  readonly #text: (name: string) => string | undefined
  readonly #parsed = new Map<string, Template>()

  /** @param text the text of a template, undefined where there is none; what it throws reaches whoever renders */
  constructor(text: (name: string) => string | undefined) {
    this.#text = text
  }

  /** Throws a TemplateError, or a TemplateMissing for a name that `text` does not know. */
  render(name: string, names: Iterable<readonly [string, Value]>): string {
    return renderTemplate(this.#load(name), names, (other) => this.#load(other))
  }

  #load(written: string): Template {
    const name = normal(written)
    if (name === undefined) throw new TemplateMissing(written)
    const known = this.#parsed.get(name)
    if (known) return known
    const text = this.#text(name)
    if (text === undefined) throw new TemplateMissing(written)
    const parsed = parseTemplate(text, name)
    this.#parsed.set(name, parsed)
    return parsed
  }
}

/** `a//./b` is `a/b`, as Jinja2's loader has it; undefined for a name with `..`. */
function normal(name: string): string | undefined {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  return parts.includes('..') || parts.length === 0 ? undefined : parts.join('/')
}
