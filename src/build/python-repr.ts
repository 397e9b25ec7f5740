/**
 * Reads the `repr` of a Python 2 dict of scalars, in any order of keys: `{'a': u'x', "b": 'y', 'c': None}`. Values that
 * are no strings are left out. Undefined where the text is no such thing.
 */
export function parseRepr(text: string): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>()
  let rest = text.trim()
  if (!rest.startsWith('{')) return undefined
  rest = rest.slice(1)
  for (;;) {
    const entry = ENTRY.exec(rest)
    if (entry === null) return rest.trim() === '}' ? values : undefined
    const [whole, key = '', value = ''] = entry
    rest = rest.slice(whole.length)
    const [name, content] = [unquoted(key), unquoted(value)]
    if (name !== undefined && content !== undefined) values.set(name, content)
  }
}

const STRING = /u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/.source
/** `'key': value,`; after the last value there is no comma. */
const ENTRY = new RegExp(`^\\s*(${STRING})\\s*:\\s*(${STRING}|[A-Za-z0-9_.+-]+)\\s*(?:,|(?=\\}\\s*$))`)

const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.)|$)/gs
const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function unquoted(literal: string): string | undefined {
  const [, unicode, , inner] = /^(u?)(['"])(.*)\2$/s.exec(literal) ?? []
  if (inner === undefined) return undefined
  const plain = inner.replace(ESCAPE, (_, byte, short, long, other) => {
    const code = Number.parseInt(byte ?? short ?? long ?? '', 16)
    if (Number.isNaN(code)) return SIMPLE[other] ?? other ?? ''
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  })
  // Without the u it is a string of bytes: those above 127 are UTF-8.
  return unicode === '' && /[\x80-\xff]/.test(plain) ? Buffer.from(plain, 'latin1').toString('utf8') : plain
}
