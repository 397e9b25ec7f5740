// What a terminal shows after some output: as much of ECMA-48 as gachette's reports use, and an error for anything else.

/** A cell: one character, its look, and whether it takes two columns. */
const LOOKS = { 1: 'strong', 2: 'faint', 31: 'bad', 32: 'good', 33: 'careful' }
const ENDS = { 22: ['strong', 'faint'], 39: ['bad', 'good', 'careful'], 0: Object.values(LOOKS) }
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]|\p{Emoji_Presentation}/u

/**
 * The rows of the screen, each a list of pieces `{ text, column, columns, looks }` of one look.
 * Nothing scrolls away: a picture shows all of a run.
 */
export function screenOf(output, columns) {
  const rows = [[]]
  let [row, column, wraps] = [0, 0, true]
  let looks = new Set()
  const cells = () => {
    while (rows.length <= row) rows.push([])
    return rows[row]
  }
  for (const [token] of output.matchAll(/\x1b\[\??[\d;]*[A-Za-z]|[\s\S]/gu)) {
    if (token === '\n') [row, column] = [row + 1, column]
    else if (token === '\r') column = 0
    else if (token === '\x1b[K') cells().length = Math.min(cells().length, column)
    else if (token === '\x1b[J') {
      cells().length = Math.min(cells().length, column)
      rows.length = row + 1
    } else if (token === '\x1b[?7l' || token === '\x1b[?7h') wraps = token.endsWith('h')
    else if (/^\x1b\[\d+A$/.test(token)) row = Math.max(0, row - Number(token.slice(2, -1)))
    else if (/^\x1b\[[\d;]*m$/.test(token)) looks = painted(looks, token.slice(2, -1))
    else if (token < ' ' || token.length > 2)
      throw new Error(`the screen does not know ${JSON.stringify(token)}`)
    else {
      const width = WIDE.test(token) ? 2 : 1
      if (column + width > columns && wraps) [row, column] = [row + 1, 0]
      const line = cells()
      while (line.length < column) line.push({ text: ' ', looks: '' })
      const at = Math.min(column, columns - width)
      line[at] = { text: token, looks: [...looks].sort().join(' ') }
      if (width === 2) line[at + 1] = { text: '', looks: line[at].looks }
      column = Math.min(column + width, columns)
    }
  }
  return rows.map(piecesOf)
}

function painted(looks, codes) {
  const next = new Set(looks)
  for (const code of codes === '' ? ['0'] : codes.split(';')) {
    for (const look of ENDS[code] ?? []) next.delete(look)
    if (LOOKS[code] !== undefined) next.add(LOOKS[code])
    else if (ENDS[code] === undefined) throw new Error(`the screen does not know the look ${code}`)
  }
  return next
}

function piecesOf(cells) {
  const pieces = []
  for (const [column, { text, looks }] of cells.entries()) {
    const last = pieces.at(-1)
    if (last !== undefined && last.looks === looks) {
      last.text += text
      last.columns++
    } else pieces.push({ text, column, columns: 1, looks })
  }
  return pieces
}
