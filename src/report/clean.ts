// C0 and C1 but for the tabulator; and Unicode's own: line ends, and what turns the direction of all that follows.
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+/g
/** So many control characters in a row are shown one by one; of more, their number is. */
const MOST_IN_A_ROW = 8
// Whole escape sequences (ECMA-48): CSI, strings such as OSC up to their end, and the two-character ones.
const SEQUENCES =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-Z\\^-~]/g

/** Whether a text, which may hold several lines, needs no cleaning. */
export const isClean = (text: string): boolean =>
  !/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/.test(text)

/**
 * One line of a remote machine's output as it may be shown: nothing in it can steer the terminal. Escape sequences go,
 * other control characters become visible (`\x07`, many as `\x00…(4096)`), and of a line that was overwritten
 * (`10%\r20%\r`) the last state stays.
 */
export function cleanLine(line: string): string {
  if (!CONTROL.test(line)) return line
  return lastState(line).replace(SEQUENCES, '').replace(CONTROLS, visible)
}

/** What stands after the last carriage return that overwrote something. */
function lastState(line: string): string {
  const end = endOfText(line)
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end)
}

/** A line that is not yet whole, without what was overwritten in it; what comes next may overwrite the rest, or end it. */
export const stillShown = (rest: string): string =>
  rest.slice(rest.lastIndexOf('\r', endOfText(rest) - 1) + 1)

/** Without the carriage returns at the end. (A loop: `/\r+$/` is quadratic.) */
function endOfText(line: string): number {
  let end = line.length
  while (line[end - 1] === '\r') end--
  return end
}

function visible(controls: string): string {
  if (controls.length > MOST_IN_A_ROW) return `${escaped(controls[0] ?? '')}…(${controls.length})`
  return Array.from(controls, escaped).join('')
}

function escaped(control: string): string {
  const code = control.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}

/** The lines of a message or a hint, each clean. */
export const cleanLines = (text: string): readonly string[] => text.split('\n').map(cleanLine)
