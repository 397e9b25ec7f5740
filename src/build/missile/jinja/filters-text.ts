import { Dict, Float, isTrue, numeric, PythonError, str, type Value } from '../python/index.ts'
import { type Filter, filter, text, whole } from './builtin.ts'
import { pairs } from './methods-dict.ts'
import { capitalize, center, replace, strip } from './methods-text.ts'
import { printf } from './printf.ts'

const escapeHtml = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('>', '&gt;')
    .replaceAll('<', '&lt;')
    .replaceAll("'", '&#39;')
    .replaceAll('"', '&#34;')

const onText = (body: (value: string) => Value): Filter => filter([], (value) => body(str(value)))

/** Quoted for a shell as trebuchet quotes: missile.md §5. */
export function shellQuote(value: string): string {
  if (value === '') return "''"
  return /^[A-Za-z0-9%@_\-+=:,./]+$/.test(value) ? value : `'${value.replaceAll("'", `'"'"'`)}'`
}

/** Jinja2's filters that make texts of values. */
export const textFilters: Readonly<Record<string, Filter>> = {
  capitalize: onText(capitalize),
  center: filter(['width'], (value, width) => center(str(value), whole(width, 80))),
  e: onText(escapeHtml),
  escape: onText(escapeHtml),
  forceescape: onText(escapeHtml),
  filesizeformat: filter(['binary'], (value, binary) => fileSize(value, isTrue(binary ?? false))),
  format: (value, { args, named }) => printf(str(value), args, named.size > 0 ? Dict.of(named) : null),
  indent: filter(['width', 'first', 'blank', 'indentfirst'], (value, width, first, blank, old) =>
    indent(str(value), ' '.repeat(whole(width, 4)), isTrue(old ?? first ?? false), isTrue(blank ?? false)),
  ),
  lower: onText((value) => value.toLowerCase()),
  replace: filter(['old', 'new', 'count'], (value, old, fresh, count) =>
    replace(str(value), text(old, ''), text(fresh, ''), count === null ? -1 : whole(count, -1)),
  ),
  safe: filter([], (value) => value),
  shquote: onText(shellQuote),
  string: onText((value) => value),
  striptags: onText((value) =>
    value
      .replace(/<!--[\s\S]*?-->|<[^>]*>/g, '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' '),
  ),
  title: onText((value) =>
    value
      .split(/([-\s({[<]+)/)
      .map(titleWord)
      .join(''),
  ),
  trim: filter(['chars'], (value, characters) => strip(str(value), characters, 'both')),
  truncate: filter(['length', 'killwords', 'end', 'leeway'], (value, length, kill, end, leeway) =>
    truncate(str(value), {
      length: whole(length, 255),
      killWords: isTrue(kill ?? false),
      end: text(end, '...'),
      leeway: leeway === null ? 5 : whole(leeway, 5),
    }),
  ),
  upper: onText((value) => value.toUpperCase()),
  urlencode: filter([], urlEncode),
  wordcount: onText((value) => value.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  wordwrap: filter(
    ['width', 'break_long_words', 'wrapstring', 'break_on_hyphens'],
    (value, width, breakLong, joint) =>
      str(value)
        .split(/\r\n|\r|\n/)
        .map((line) => wrap(line, whole(width, 79), isTrue(breakLong ?? true)).join(text(joint, '\n')))
        .join(text(joint, '\n')),
  ),
  xmlattr: filter(['autospace'], (value, space) => {
    if (!(value instanceof Dict)) throw new PythonError('a mapping is required')
    const attributes = value
      .entries()
      .filter(([, each]) => each !== null)
      .map(([key, each]) => `${escapeHtml(str(key))}="${escapeHtml(str(each))}"`)
    return (attributes.length > 0 && isTrue(space ?? true) ? ' ' : '') + attributes.join(' ')
  }),
}

const titleWord = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()

function indent(value: string, by: string, first: boolean, blank: boolean): string {
  // Jinja2 adds a line end before it cuts, so the last line is an empty one where the text ends in a line end.
  const [head = '', ...rest] = value.replace(/\r\n?/g, '\n').split('\n')
  const lines = [head, ...rest.map((line) => (blank || line !== '' ? by + line : line))]
  return (first ? by : '') + lines.join('\n')
}

function truncate(
  value: string,
  { length, killWords, end, leeway }: { length: number; killWords: boolean; end: string; leeway: number },
): string {
  if (value.length <= length + leeway) return value
  const cut = value.slice(0, length - end.length)
  if (killWords) return cut + end
  const space = cut.lastIndexOf(' ')
  return (space < 0 ? cut : cut.slice(0, space)) + end
}

function wrap(line: string, width: number, breakLong: boolean): readonly string[] {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(/(?<=-)(?=\w)|(\s+)/).filter((part): part is string => Boolean(part))) {
    if ((current + word).trimEnd().length <= width)
      current += current === '' && lines.length > 0 ? word.trimStart() : word
    else {
      if (current.trim() !== '') lines.push(current.trimEnd())
      current = word.trimStart()
      while (breakLong && current.length > width) {
        lines.push(current.slice(0, width))
        current = current.slice(width)
      }
    }
  }
  if (current.trimEnd() !== '') lines.push(current.trimEnd())
  return lines
}

function fileSize(value: Value, binary: boolean): string {
  const bytes = numeric(value) ?? Number(str(value))
  const base = binary ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`
  const units = binary
    ? ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']
    : ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
  const power = Math.max(1, Math.min(units.length, Math.floor(Math.log(bytes) / Math.log(base) + 1e-9)))
  return printf('%.1f %s', [new Float(bytes / base ** power), units[power - 1] ?? ''], null)
}

function urlEncode(value: Value): string {
  const quote = (part: Value, isQuery: boolean) => {
    const encoded = encodeURIComponent(str(part)).replace(
      /[!'()*~]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    return isQuery ? encoded.replaceAll('%20', '+') : encoded.replaceAll('%2F', '/')
  }
  if (typeof value === 'string' || numeric(value) !== undefined) return quote(value, false)
  return pairs(value)
    .map(([key, each]) => `${quote(key, true)}=${quote(each, true)}`)
    .join('&')
}
