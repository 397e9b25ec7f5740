/**
 * What a terminal of the given width would show after the given output: the few control sequences a report may use, and
 * an error for any other. Lines scroll up for ever.
 */
export function terminalRows(output: string, columns: number): string[] {
  const rows: string[][] = [[]]
  let row = 0
  let column = 0
  let wraps = true
  const line = () => {
    while (rows.length <= row) rows.push([])
    return rows[row] ?? []
  }
  for (const [token] of output.matchAll(/\x1b\[\??\d*[A-Za-z]|[\s\S]/gu)) {
    if (token === '\n') {
      row++
      column = 0
    } else if (token === '\r') column = 0
    else if (token === '\x1b[K') line().length = Math.min(line().length, column)
    else if (token === '\x1b[J') {
      line().length = Math.min(line().length, column)
      rows.length = row + 1
    } else if (token === '\x1b[?7l' || token === '\x1b[?7h') wraps = token.endsWith('h')
    else if (/^\x1b\[\d+A$/.test(token)) {
      row -= Number(token.slice(2, -1))
      if (row < 0) throw new Error('above the first row')
    } else if (/^\x1b\[\d+m$/.test(token)) continue
    else if (token < ' ' || token === '\x7f') throw new Error(`control character ${JSON.stringify(token)}`)
    else {
      if (column >= columns && wraps) {
        row++
        column = 0
      }
      const cells = line()
      while (cells.length < column) cells.push(' ')
      cells[Math.min(column, columns - 1)] = token
      column = Math.min(column + 1, columns)
    }
  }
  line()
  return rows.map((cells) => cells.join('').trimEnd())
}
