import { resolve } from 'node:path'
import { didYouMean, printable, Secret, UsageError } from '../shell/index.ts'

import type { ParamSpec } from './params.ts'

/** A value as a task may be given it. */
export type ParamValue = string | number | boolean | readonly string[] | Secret

/**
 * The value somebody typed, as the parameter's type says. Nothing is guessed: for a string `0012`, `12e4567` and the
 * empty string are what they are. Throws a UsageError that starts with `where`.
 */
export function parseValue(where: string, spec: ParamSpec, typed: string, cwd: string): ParamValue {
  switch (spec.type) {
    case 'string':
      return typed
    case 'secret':
      return new Secret(typed)
    case 'number':
      return numberFrom(where, typed)
    case 'boolean':
      return booleanFrom(where, typed)
    case 'choice':
      return choiceFrom(where, spec.choices, typed)
    case 'list':
      return listFrom(typed)
    case 'file':
      return fileFrom(where, typed, cwd)
  }
}

/** The value another task or a setting gave; a wrong type is a UsageError that starts with `where`. */
export function checkValue(
  where: string,
  spec: ParamSpec,
  given: unknown,
  cwd: string = process.cwd(),
): ParamValue {
  switch (spec.type) {
    case 'string':
      if (typeof given === 'string') return given
      break
    case 'file':
      if (typeof given === 'string') return fileFrom(where, given, cwd)
      break
    case 'secret':
      if (given instanceof Secret) return given
      if (typeof given === 'string') return new Secret(given)
      break
    case 'number':
      if (typeof given === 'number' && Number.isFinite(given)) return given
      break
    case 'boolean':
      if (typeof given === 'boolean') return given
      break
    case 'choice':
      if (typeof given === 'string') return choiceFrom(where, spec.choices, given)
      break
    case 'list':
      if (Array.isArray(given) && given.every((item) => typeof item === 'string')) return given
      break
  }
  throw new UsageError(`${where} must be ${A[spec.type]}, not ${shownValue(given)}`)
}

/** What each type is called in messages. */
const A = {
  string: 'a string',
  secret: 'a secret',
  number: 'a number',
  boolean: 'true or false',
  choice: 'one of its words',
  list: 'a list of strings',
  file: 'a path',
}

const shownValue = (value: unknown): string =>
  typeof value === 'string' ? printable(value) : Array.isArray(value) ? 'a list' : String(value)

function numberFrom(where: string, typed: string): number {
  const value = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(typed) ? Number(typed) : Number.NaN
  if (Number.isFinite(value)) return value
  throw new UsageError(`${where} must be a number, not ${printable(typed)}`)
}

function booleanFrom(where: string, typed: string): boolean {
  if (/^(true|yes|on|1)$/i.test(typed)) return true
  if (/^(false|no|off|0)$/i.test(typed)) return false
  throw new UsageError(`${where} must be true or false, not ${printable(typed)}`)
}

function choiceFrom(where: string, choices: readonly string[], typed: string): string {
  if (choices.includes(typed)) return typed
  throw new UsageError(`${where} must be one of ${choices.join(', ')}, not ${printable(typed)}`, {
    ...didYouMean(typed, choices),
  })
}

/** `a,b`: commas separate, `\,` is a literal comma, as in an invocation; an empty text is an empty list. */
function listFrom(typed: string): readonly string[] {
  return typed === '' ? [] : splitAtCommas(typed)
}

function fileFrom(where: string, typed: string, cwd: string): string {
  if (typed === '' || typed.includes('\0'))
    throw new UsageError(`${where} must be a path, not ${printable(typed)}`)
  return resolve(cwd, typed)
}

/** The items of a comma-separated text. Only `\,` is special (Fabric 1): every other backslash is a backslash. */
export function splitAtCommas(text: string): readonly string[] {
  return text.split(/(?<!\\),/).map((item) => item.replaceAll('\\,', ','))
}
