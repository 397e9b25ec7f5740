/** What is wrong with a template, and where: `templates/edge.conf:3: 'port' is undefined`. */
export class TemplateError extends Error {
  readonly template: string
  readonly line: number

  constructor(message: string, template: string, line: number) {
    super(message)
    this.template = template
    this.line = line
  }
}

/** A template that is not at hand; the builder asks the build machine for it and renders again. */
export class TemplateMissing extends Error {
  readonly template: string
  /** Where it was asked for; undefined where the missile itself names it. */
  from: { readonly template: string; readonly line: number } | undefined

  constructor(template: string) {
    super(`there is no template ${template}`)
    this.template = template
  }
}
