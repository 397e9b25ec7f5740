// A screen as an SVG: selectable text, no scripts, no fonts from elsewhere, colours for light and dark pages.

const [WIDTH, HEIGHT, BASE, MARGIN] = [8.4, 20, 15, 16]
const FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
const STYLE = `
.paper{fill:#fbfbfa;stroke:#d8d8d4}
text{font:14px ${FONTS};fill:#24292f;white-space:pre}
.strong{font-weight:700}
.faint{fill:#6a737d}
.good{fill:#1a7f37}
.bad{fill:#c62828}
.careful{fill:#8a5a00}
@media (prefers-color-scheme:dark){
.paper{fill:#16191d;stroke:#30363d}
text{fill:#dfe3e8}
.faint{fill:#8b949e}
.good{fill:#56d364}
.bad{fill:#ff7b72}
.careful{fill:#e3b341}
}
`.replace(/\n/g, '')

/** Rows of pieces, as `screenOf` makes them, with a title for those who cannot see it. */
export function svgOf(rows, { columns, title }) {
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN)
  const height = rows.length * HEIGHT + 2 * MARGIN - 4
  const lines = rows.flatMap((pieces, row) => {
    const y = MARGIN + row * HEIGHT + BASE - 2
    return pieces.filter(({ text }) => text.trim() !== '').map((piece) => textOf(piece, y))
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...lines,
    '</svg>\n',
  ].join('\n')
}

/** Each piece stands at its column and has its width, whatever font there is. */
function textOf({ text, column, columns, looks }, y) {
  const start = text.length - text.trimStart().length
  const shown = text.trim()
  const length = columns - start - (text.length - text.trimEnd().length)
  const at = `x="${number(MARGIN + (column + start) * WIDTH)}" y="${y}" textLength="${number(length * WIDTH)}"`
  return `<text ${at}${looks === '' ? '' : ` class="${looks}"`}>${escaped(shown)}</text>`
}

const number = (value) => String(Number(value.toFixed(1)))

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
