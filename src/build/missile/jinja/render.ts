import { Callable, isTrue, PythonError, present, str, type Value } from '../python/index.ts'
import { assign } from './assign.ts'
import { TemplateError, TemplateMissing } from './error.ts'
import { call, evaluate, given, tools } from './evaluate.ts'
import { findTemplate, type Load } from './find-template.ts'
import { globals } from './globals.ts'
import { iterate } from './lookup.ts'
import { Loop } from './loop.ts'
import { binder } from './macro.ts'
import type { Body, Expression, Filtering, ForStatement, Parameters, Statement, Template } from './nodes.ts'
import { Attributes, Scope } from './scope.ts'

/** Where finished text goes; a child template's own text is dropped once it has said what it extends. */
interface Output {
  readonly pieces: string[]
  readonly isRoot: boolean
}

type Block = { readonly template: Template; readonly body: Body }

/** Renders one template with the names it may use. `load` gives other templates or throws TemplateMissing. */
export function renderTemplate(
  template: Template,
  names: Iterable<readonly [string, Value]>,
  load: Load,
): string {
  const scope = new Scope(new Scope(undefined, globals), names)
  return new Rendering(template, scope, load).run()
}

class Rendering {
  readonly #load: Load
  readonly #top: Scope
  readonly #blocks = new Map<string, Block[]>()
  readonly #self = new Attributes('TemplateReference', [])
  #template: Template
  #parent: Template | undefined

  constructor(template: Template, around: Scope, load: Load) {
    this.#template = template
    this.#top = new Scope(around)
    this.#load = load
    this.#addBlocks(template)
    this.#top.set('self', this.#self)
  }

  run(): string {
    const output: Output = { pieces: [], isRoot: true }
    this.#body(this.#template.body, this.#top, output)
    while (this.#parent) {
      this.#template = this.#parent
      this.#parent = undefined
      this.#body(this.#template.body, this.#top, output)
    }
    return output.pieces.join('')
  }

  /** Runs the template for what it defines: its top-level names and macros. */
  module(): Attributes {
    const text = this.run()
    const names = [...this.#top.own()].filter(([name]) => !name.startsWith('_') && name !== 'self')
    return new Attributes('TemplateModule', [...names, ['__str__', text]])
  }

  #addBlocks(template: Template): void {
    for (const [name, { body }] of template.blocks) {
      this.#blocks.set(name, [...(this.#blocks.get(name) ?? []), { template, body }])
      const render = () => this.#captured((output) => this.#block(name, 0, this.#top, output))
      this.#self.names.set(name, new Callable(name, render))
    }
  }

  #body(body: Body, scope: Scope, output: Output): void {
    for (const statement of body) {
      try {
        this.#statement(statement, scope, output)
      } catch (error) {
        if (error instanceof PythonError || error instanceof RangeError)
          throw new TemplateError(error.message, this.#template.name, statement.line)
        if (error instanceof TemplateMissing && error.from === undefined)
          error.from = { template: this.#template.name, line: statement.line }
        throw error
      }
    }
  }

  #statement(statement: Statement, scope: Scope, output: Output): void {
    const write = (text: string) => {
      if (!output.isRoot || !this.#parent) output.pieces.push(text)
    }
    switch (statement.kind) {
      case 'text':
        write(statement.text)
        break
      case 'print':
        write(str(evaluate(statement.value, scope)))
        break
      case 'if': {
        const branch = statement.branches.find(({ test }) => isTrue(evaluate(test, scope)))
        this.#body(branch?.body ?? statement.otherwise, scope, output)
        break
      }
      case 'for':
        this.#for(statement, { scope, output, over: evaluate(statement.over, scope), depth: 1 })
        break
      case 'set':
        assign(statement.target, evaluate(statement.value, scope), scope)
        break
      case 'set-block':
        assign(statement.target, this.#filtered(statement.body, statement.filters, scope), scope)
        break
      case 'filter':
        write(str(this.#filtered(statement.body, statement.filters, scope)))
        break
      case 'with': {
        const inner = new Scope(scope)
        for (const [target, value] of statement.values) assign(target, evaluate(value, scope), inner)
        this.#body(statement.body, inner, output)
        break
      }
      case 'block':
        if (!output.isRoot || !this.#parent)
          this.#block(statement.name, 0, statement.isScoped ? scope : this.#top, output)
        break
      case 'extends':
        if (this.#parent) throw new PythonError('extended multiple times')
        this.#parent = findTemplate(this.#load, evaluate(statement.template, scope))
        this.#addBlocks(this.#parent)
        break
      case 'include':
        write(this.#include(statement, scope))
        break
      case 'import':
        scope.set(statement.as, this.#module(statement.template, statement.withContext, scope))
        break
      case 'from': {
        const module = this.#module(statement.template, statement.withContext, scope)
        for (const [name, as] of statement.names)
          scope.set(as, present(module.attribute(name), `the template does not export ${name}`))
        break
      }
      case 'macro':
        scope.set(statement.name, this.#macro(statement.name, statement.parameters, statement.body, scope))
        break
      case 'call': {
        const caller = this.#macro('caller', statement.parameters, statement.body, scope)
        const { args, named } = given(statement.call, scope)
        write(
          str(
            call(evaluate(statement.call.of, scope), {
              args,
              named: new Map([...named, ['caller', caller]]),
            }),
          ),
        )
      }
    }
  }

  #for(
    statement: ForStatement,
    { scope, output, over, depth }: { scope: Scope; output: Output; over: Value; depth: number },
  ): void {
    const { test } = statement
    const bound = (value: Value, names?: Iterable<readonly [string, Value]>) => {
      const inner = new Scope(scope, names)
      assign(statement.target, value, inner)
      return inner
    }
    const items = iterate(over).filter((value) => !test || isTrue(evaluate(test, bound(value))))
    const loop = new Loop(
      items,
      depth,
      statement.isRecursive
        ? (inner, deeper) =>
            this.#captured((text) =>
              this.#for(statement, { scope, output: text, over: inner, depth: deeper }),
            )
        : undefined,
    )
    items.forEach((value, at) => {
      loop.moveTo(at)
      this.#body(statement.body, bound(value, [['loop', loop]]), output)
    })
    if (items.length === 0) this.#body(statement.otherwise, new Scope(scope), output)
  }

  #block(name: string, level: number, scope: Scope, output: Output): void {
    const block = this.#blocks.get(name)?.[level]
    if (!block) throw new PythonError(`there is no parent block called ${name}`)
    const parent = new Callable('super', () =>
      this.#captured((text) => this.#block(name, level + 1, scope, text)),
    )
    const outer = this.#template
    this.#template = block.template
    this.#body(block.body, new Scope(scope, [['super', parent]]), output)
    this.#template = outer
  }

  #macro(name: string, parameters: Parameters, body: Body, scope: Scope): Callable {
    const template = this.#template
    const bind = binder(name, parameters, body, scope)
    return new Callable(name, (args, named) => {
      const outer = this.#template
      this.#template = template
      const text = this.#captured((output) => this.#body(body, bind({ args, named }), output))
      this.#template = outer
      return text
    })
  }

  #include(statement: Extract<Statement, { kind: 'include' }>, scope: Scope): string {
    try {
      const template = findTemplate(this.#load, evaluate(statement.template, scope))
      const around = statement.withContext ? scope : new Scope(undefined, globals)
      return new Rendering(template, around, this.#load).run()
    } catch (error) {
      if (statement.ignoreMissing && error instanceof TemplateMissing && error.from === undefined) return ''
      throw error
    }
  }

  #module(template: Expression, withContext: boolean, scope: Scope): Attributes {
    const around = withContext ? scope : new Scope(undefined, globals)
    return new Rendering(findTemplate(this.#load, evaluate(template, scope)), around, this.#load).module()
  }

  #filtered(body: Body, filters: readonly Filtering[], scope: Scope): Value {
    const text = this.#captured((output) => this.#body(body, new Scope(scope), output))
    return filters.reduce<Value>((value, each) => tools.filter(each.name, value, given(each, scope)), text)
  }

  #captured(body: (output: Output) => void): string {
    const output: Output = { pieces: [], isRoot: false }
    body(output)
    return output.pieces.join('')
  }
}
