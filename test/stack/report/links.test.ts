import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commitPage, repositoryPage } from '../../../src/stack/report/links.ts'

const COMMIT = '928a125ec5d6'.padEnd(40, '0')

test.each([
  ['git@github.com:acme/shop.git', 'https://github.com/acme/shop'],
  ['github.com:acme/shop', 'https://github.com/acme/shop'],
  ['ssh://git@git.example.org:2222/acme/shop.git', 'https://git.example.org/acme/shop'],
  ['https://gitlab.example.org/group/sub/shop.git/', 'https://gitlab.example.org/group/sub/shop'],
  ['git://example.org/~jo/shop', 'https://example.org/~jo/shop'],
])('%s has a page', (url, page) => {
  expect(repositoryPage(url)).toBe(page)
  expect(commitPage(url, COMMIT)).toBe(`${page}/commit/${COMMIT}`)
})

test.each([
  '/srv/git/shop',
  'file:///srv/git/shop',
  'build1:/srv/git/shop',
  'javascript:alert(1)',
  'https://example.org/a/../b',
  'https://example.org/a?b=c',
  'https://exam"ple.org/a',
  '',
])('%s has none', (url) => {
  expect(repositoryPage(url)).toBeUndefined()
})

test('what is no commit is linked to nowhere', () => {
  for (const commit of ['', 'main', '../..', '928A125', '"', 'javascript:1'])
    expect(commitPage('github.com:a/b', commit)).toBeUndefined()
})

test('a page is always https, on a host with a dot, and a plain path', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc
          .tuple(fc.constantFrom('git@', 'https://', 'ssh://', ''), fc.string())
          .map((parts) => parts.join('')),
      ),
      (url) => {
        const page = repositoryPage(url)
        if (page !== undefined) expect(page).toMatch(/^https:\/\/[a-z0-9.-]+\.[a-z0-9-]+(\/[\w.~+-]+)+$/i)
      },
    ),
    { numRuns: 300 },
  )
})
