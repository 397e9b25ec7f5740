/**
 * Splits a line into words as a POSIX shell would (blanks, '…', "…", backslash; POSIX 2.2), but expands nothing: `$`,
 * `~` and `*` stay as they are. Undefined when a quote is not closed.
 */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let at = 0
  while (at < line.length) {
    const char = line[at] ?? ''
    at++
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === "'") {
      const end = line.indexOf("'", at)
      if (end < 0) return undefined
      word = (word ?? '') + line.slice(at, end)
      at = end + 1
    } else if (char === '"') {
      const quoted = doubleQuoted(line, at)
      if (quoted === undefined) return undefined
      word = (word ?? '') + quoted.text
      at = quoted.end
    } else if (char === '\\') {
      if (at >= line.length) return undefined
      word = (word ?? '') + (line[at] ?? '')
      at++
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}

function doubleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = ''
  for (let at = start; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === '"') return { text, end: at + 1 }
    // Inside double quotes a backslash is special before these four only.
    if (char === '\\' && /[$`"\\]/.test(line[at + 1] ?? '')) {
      at++
      text += line[at] ?? ''
    } else text += char
  }
  return undefined
}
