import { UsageError } from './errors.ts'

const SAFE = /^[A-Za-z0-9_@%+:,./-]+$/

/** One word for a POSIX shell: as it is when harmless, else in single quotes (POSIX 2.2.2). NUL cannot be carried and is refused. */
export function quote(word: string): string {
  if (word.includes('\0'))
    throw new UsageError(`${printable(word)} holds a NUL byte, which no command can be given`)
  if (SAFE.test(word)) return word
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** A hostile or long string for an error message: what is unseen or turns text around is escaped, at most 80 characters. */
export function printable(text: string): string {
  const json = JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)
  return json.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
