import { splitAtCommas } from '../task/index.ts'

/** `task:a,b,key=value`: only the first `:` ends the name, commas separate, `\,` is a comma. */
export function parseTaskWord(word: string): { readonly name: string; readonly args: readonly string[] } {
  const colon = word.indexOf(':')
  if (colon === -1) return { name: word, args: [] }
  const rest = word.slice(colon + 1)
  return { name: word.slice(0, colon), args: rest === '' ? [] : splitAtCommas(rest) }
}

/** A task with its arguments in Fabric 1's form, as `parseTaskWord` reads it again. */
export const taskWord = (name: string, args: readonly string[]): string =>
  `${name}:${args.map((arg) => arg.replaceAll(',', '\\,')).join(',')}`
