import { readdirSync, readFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { screenOf } from '../scripts/pictures/screen.mjs'
import { svgOf } from '../scripts/pictures/svg.mjs'
import { terminalRows } from './support/fake-terminal.ts'

const folder = resolve(import.meta.dirname, '../docs/pictures')
const pages = ['../../README.md', '../stacks.md']
  .map((page) => readFileSync(join(folder, page), 'utf8'))
  .join('')
const names = readdirSync(folder)

describe.each(names.filter((name) => name.endsWith('.svg')))('%s', (name) => {
  const svg = readFileSync(join(folder, name), 'utf8')

  test('is small, and nothing in it runs or comes from elsewhere', () => {
    expect(svg.length).toBeLessThan(16_384)
    expect(svg).not.toMatch(/<script|<foreignObject|href|url\(|@import|@font-face| on[a-z]+=|<!/i)
    expect(svg.match(/https?:\/\/[^"<\s]+/g)?.filter((url) => !/w3\.org|example\.org/.test(url))).toEqual([])
  })

  test('has colours for light and dark pages, and a title', () => {
    expect(svg).toContain('prefers-color-scheme:dark')
    expect(svg).toMatch(/<title>[^<]+<\/title>/)
  })

  test('shows nothing of the machine where it was made', () => {
    for (const word of [hostname(), tmpdir(), '/home/', '/root/', '127.0.0.1'])
      expect(svg).not.toContain(word)
  })
})

test.each(names)('%s is on a page, with words for those who cannot see it', (name) => {
  expect(pages).toMatch(new RegExp(`!\\[[^\\]]{20,}\\]\\((docs/)?pictures/${name.replace('.', '\\.')}\\)`))
})

const text = (rows: ReturnType<typeof screenOf>) =>
  rows.map((pieces) =>
    pieces
      .map(({ text: piece }) => piece)
      .join('')
      .trimEnd(),
  )

test('the screen shows what a terminal shows', () => {
  const output =
    'one\r\n\x1b[?7l\x1b[33m⠋\x1b[39m web1\x1b[K\nweb2\x1b[K\n\x1b[J\x1b[?7h\r\x1b[2A\x1b[Jtwo\r\n\x1b[1mweb1\x1b[22m: x'
  expect(text(screenOf(output, 40))).toEqual(terminalRows(output.replaceAll('\r\n', '\n'), 40))
  expect(screenOf(output, 40).at(-1)).toEqual([
    { text: 'web1', column: 0, columns: 4, looks: 'strong' },
    { text: ': x', column: 4, columns: 3, looks: '' },
  ])
})

test('the screen refuses what it does not know, and a picture holds no markup but its own', () => {
  expect(() => screenOf('\x1b[5m', 40)).toThrow('does not know')
  expect(() => screenOf('\x07', 40)).toThrow('does not know')
  expect(svgOf(screenOf('<a> & 本', 40), { columns: 40, title: '<t>' })).toMatch(
    /<title>&lt;t&gt;<\/title>[\s\S]*textLength="67\.2">&lt;a&gt; &amp; 本<\/text>/,
  )
})
