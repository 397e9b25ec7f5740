declare const checked: unique symbol

/** A piece of a page in which nothing is left to escape. Made by `html`. */
export interface Html {
  readonly [checked]: true
  readonly text: string
}

/** `` html`<td>${name}</td>` ``: every text is escaped, pieces are taken as they are, lists are joined, nothing for false. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = parts.map((part, at) => part + (at < values.length ? textOf(values[at]) : '')).join('')
  return { text } as Html
}

/** What may stand in a page. */
export type HtmlValue = string | number | Html | false | undefined | readonly HtmlValue[]

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escaped(value)
  return 'text' in value ? value.text : value.map(textOf).join('')
}

const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Also what turns text around (Unicode's bidi controls), and what no document may hold, is shown and not obeyed. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"']/g, (char) => NAMES[char] ?? '')
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Cs}/gu,
      '\ufffd',
    )
