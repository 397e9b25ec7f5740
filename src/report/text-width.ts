/** How many columns a clean line takes on a terminal: two for CJK and emoji, none for what joins another character. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const char of text) width += charWidth(char)
  return width
}

/** As much of a clean line as fits into so many columns; no character is halved. */
export function cutTo(text: string, columns: number): string {
  if (isPlain(text)) return text.slice(0, Math.max(0, columns))
  let width = 0
  let end = 0
  for (const char of text) {
    width += charWidth(char)
    if (width > columns) break
    end += char.length
  }
  return text.slice(0, end)
}

/** A text filled up with blanks to so many columns. */
export const padTo = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)))

const isPlain = (text: string): boolean => /^[ -~]*$/.test(text)

// Unicode's East Asian Width (UAX #11), rounded to blocks; what they get wrong is a blank too many at the end of a line.
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const JOINING = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u

function charWidth(char: string): number {
  if (isPlain(char)) return 1
  // This one asks for the picture instead of the letter before it, which is wider by one.
  if (char === '\ufe0f') return 1
  if (JOINING.test(char)) return 0
  return WIDE.test(char) ? 2 : 1
}
