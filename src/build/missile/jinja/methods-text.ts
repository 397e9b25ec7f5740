import { isTrue, itemsOf, numeric, PythonError, str, Tuple, type Value } from '../python/index.ts'
import { arrange, text, whole } from './builtin.ts'
import type { Method } from './methods.ts'

const SPACE = ' \t\n\r\v\f'

/** Takes characters off the ends of a text, as Python's strip. */
export function strip(
  value: string,
  characters: Value | undefined,
  where: 'both' | 'left' | 'right',
): string {
  const set = new Set([...(characters === undefined || characters === null ? SPACE : str(characters))])
  const all = [...value]
  let from = 0
  let to = all.length
  if (where !== 'right') while (from < to && set.has(all[from] ?? '')) from++
  if (where !== 'left') while (to > from && set.has(all[to - 1] ?? '')) to--
  return all.slice(from, to).join('')
}

export const capitalize = (value: string): string =>
  value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase()

const onlyOf =
  (pattern: RegExp): Method<string> =>
  (self) =>
    pattern.test(self)

/** The methods of a Python text. */
export const textMethods: Readonly<Record<string, Method<string>>> = {
  upper: (self) => self.toUpperCase(),
  lower: (self) => self.toLowerCase(),
  capitalize,
  title: (self) => self.replace(/[A-Za-z]+/g, capitalize),
  swapcase: (self) => self.replace(/[a-zA-Z]/g, (c) => (/[a-z]/.test(c) ? c.toUpperCase() : c.toLowerCase())),
  strip: (self, given) => strip(self, arrange(['chars'], given)[0], 'both'),
  lstrip: (self, given) => strip(self, arrange(['chars'], given)[0], 'left'),
  rstrip: (self, given) => strip(self, arrange(['chars'], given)[0], 'right'),
  split: (self, given) => split(self, arrange(['sep', 'maxsplit'], given), 'left'),
  rsplit: (self, given) => split(self, arrange(['sep', 'maxsplit'], given), 'right'),
  splitlines: (self, given) => splitLines(self, isTrue(arrange(['keepends'], given)[0] ?? false)),
  join: (self, { args }) => (itemsOf(args[0] ?? null) ?? [...str(args[0] ?? '')]).map(onlyText).join(self),
  replace: (self, given) => {
    const [old, fresh, count] = arrange(['old', 'new', 'count'], given)
    return replace(self, onlyText(old ?? null), onlyText(fresh ?? null), whole(count, -1))
  },
  startswith: (self, { args }) => affixes(args[0]).some((affix) => self.startsWith(affix)),
  endswith: (self, { args }) => affixes(args[0]).some((affix) => self.endsWith(affix)),
  find: (self, { args }) => self.indexOf(text(args[0], ''), whole(args[1], 0)),
  rfind: (self, { args }) => self.lastIndexOf(text(args[0], '')),
  index: (self, { args }) => {
    const at = self.indexOf(text(args[0], ''), whole(args[1], 0))
    if (at < 0) throw new PythonError('substring not found')
    return at
  },
  count: (self, { args }) => self.split(text(args[0], '')).length - 1,
  zfill: (self, { args }) => {
    const sign = /^[-+]/.exec(self)?.[0] ?? ''
    return sign + self.slice(sign.length).padStart(whole(args[0], 0) - sign.length, '0')
  },
  center: (self, { args }) => center(self, whole(args[0], 0), text(args[1], ' ')),
  ljust: (self, { args }) => self.padEnd(whole(args[0], 0), text(args[1], ' ')),
  rjust: (self, { args }) => self.padStart(whole(args[0], 0), text(args[1], ' ')),
  partition: (self, { args }) => partition(self, text(args[0], ' '), self.indexOf(text(args[0], ' '))),
  rpartition: (self, { args }) => {
    const at = self.lastIndexOf(text(args[0], ' '))
    return at < 0 ? new Tuple(['', '', self]) : partition(self, text(args[0], ' '), at)
  },
  expandtabs: (self, { args }) => self.replaceAll('\t', ' '.repeat(whole(args[0], 8))),
  encode: (self) => self,
  decode: (self) => self,
  isdigit: onlyOf(/^\d+$/),
  isalpha: onlyOf(/^\p{L}+$/u),
  isalnum: onlyOf(/^[\p{L}\d]+$/u),
  isspace: onlyOf(/^\s+$/),
  isupper: (self) => /\p{Lu}/u.test(self) && !/\p{Ll}/u.test(self),
  islower: (self) => /\p{Ll}/u.test(self) && !/\p{Lu}/u.test(self),
}

/** Python's str.replace: `count` occurrences, all when negative. */
export function replace(value: string, old: string, fresh: string, count: number): string {
  if (count < 0) return value.split(old).join(fresh)
  const parts = value.split(old)
  const kept = parts.slice(0, count + 1)
  return kept.join(fresh) + (parts.length > count + 1 ? old + parts.slice(count + 1).join(old) : '')
}

/** Python's str.center. */
export function center(value: string, width: number, fill = ' '): string {
  const missing = Math.max(0, width - value.length)
  const left = Math.floor(missing / 2) + (missing % 2 === 1 && width % 2 === 1 ? 1 : 0)
  return fill.repeat(left) + value + fill.repeat(missing - left)
}

function split(
  value: string,
  [separator, limit]: readonly (Value | undefined)[],
  from: 'left' | 'right',
): Value[] {
  const most = numeric(limit ?? -1) ?? -1
  const bySpace = separator === undefined || separator === null
  const mark = bySpace ? '' : str(separator)
  if (!bySpace && mark === '') throw new PythonError('empty separator')
  const cut = bySpace
    ? strip(value, undefined, 'both') === ''
      ? []
      : strip(value, undefined, 'both').split(/\s+/)
    : value.split(mark)
  if (most < 0 || cut.length <= most + 1) return cut
  if (!bySpace && from === 'left') return [...cut.slice(0, most), cut.slice(most).join(mark)]
  if (!bySpace) return [cut.slice(0, cut.length - most).join(mark), ...cut.slice(cut.length - most)]
  const word = from === 'left' ? `^\\s*(?:\\S+\\s+){${most}}` : `(?:\\s+\\S+){${most}}\\s*$`
  const rest = value.replace(new RegExp(word), '')
  return from === 'left'
    ? [...cut.slice(0, most), strip(rest, undefined, 'left')]
    : [strip(rest, undefined, 'right'), ...cut.slice(cut.length - most)]
}

function splitLines(value: string, keepEnds: boolean): Value[] {
  const lines = value.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
  return lines.map((line) => (keepEnds ? line : line.replace(/[\r\n]+$/, '')))
}

const partition = (value: string, mark: string, at: number): Tuple =>
  at < 0 ? new Tuple([value, '', '']) : new Tuple([value.slice(0, at), mark, value.slice(at + mark.length)])

const affixes = (value: Value | undefined): readonly string[] =>
  value instanceof Tuple ? value.items.map(onlyText) : [onlyText(value ?? null)]

function onlyText(value: Value): string {
  if (typeof value !== 'string') throw new PythonError('a text is required')
  return value
}
