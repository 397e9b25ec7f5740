import fc from 'fast-check'
import { expect, test } from 'vitest'
import { html } from '../../../src/stack/report/html.ts'

test('texts are escaped, pieces are not, lists are joined, and what is not there is nothing', () => {
  const item = (text: string) => html`<li>${text}</li>`
  expect(html`<ul>${['a', '<b>'].map(item)}${false}${undefined}${3}</ul>`.text).toBe(
    '<ul><li>a</li><li>&lt;b&gt;</li>3</ul>',
  )
  expect(html`<a title="${"\" onclick='x' & more"}">`.text).toBe(
    '<a title="&quot; onclick=&#39;x&#39; &amp; more">',
  )
})

test('no text can open a tag, leave an attribute, or turn the text around it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const page = html`<p title="${text}">${text}</p>`.text
      const [, attribute = '', inside = ''] = /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(page) ?? []
      expect(attribute).toBe(inside)
      expect(page).not.toMatch(/[\u0000-\u0008\u202a-\u202e\u2066-\u2069]/)
      const plain = inside.replace(/&(amp|lt|gt|quot|#39);/g, '')
      expect(plain).not.toMatch(/[&"']/)
    }),
    { numRuns: 200, examples: [['\u202e</p><script>'], ["'><img src=x>"], ['&lt;'], ['\ud800']] },
  )
})
