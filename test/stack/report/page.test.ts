import { expect, test } from 'vitest'
import { reportPage } from '../../../src/stack/report/page.ts'
import { reported } from './reported.ts'

const text = (page: string) =>
  page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

test('a page says what the stack is, who vouches for it, what changed, and where it is', () => {
  const said = text(reportPage(reported()))
  for (const fact of [
    '1.4.0 stack frozen 2026-11-20 12:00 UTC by jo@desk signed by jo@example.org, ann@example.org production latest',
    'packages 4 newer 1 older 1 added 1 removed 1 hosts 1',
    'Since 1.3.2 git@github.com:acme/shop.git 15fad0832012 → 928a125ec5d6 · dh-shop, dh-assets',
    '928a125ec5d6 Basket: round to the cent Jo, 2026-11-20 10:00 UTC',
    'Removed dh-legacy 3',
    '↑ 1.4 all was 1.3 2.1 KiB',
    '+ 1.0 all not in 1.3.2 95 MiB',
    '≠ 1.1 amd64 other bytes than in 1.3.2',
    'built 2026-11-20 11:13 UTC on build1 by missile',
    'web1 2026-11-20 12:10 UTC jo@desk 3',
    'To check it: gachette stack verify 1.4.0',
  ])
    expect(said).toContain(fact)
})

test('what is not known, not signed, not frozen and not compared is said, not passed over', () => {
  const { frozen, previous, ...rest } = reported()
  const packages = [{ name: 'old', version: '1' }]
  const signatures = { signers: ['jo@example.org'], needed: 2 }
  const page = reportPage({
    ...rest,
    domain: 'live',
    packages,
    removed: [],
    histories: [],
    deployed: [],
    signatures,
    aliases: [],
  })
  const said = text(page)
  expect(said).toContain('not frozen: it may change signed by jo@example.org (2 needed)')
  expect(said).toContain('stack of the domain live')
  expect(said).toContain('old 1 not known')
  expect(said).toContain('No host has told the store that it has 1.4.0.')
  expect(said).not.toContain('Since')
  expect(text(reportPage({ ...rest, signatures: { signers: [], needed: 1 } }))).toContain(
    'no signature (1 needed)',
  )
})

test('a page needs nothing else: no script, no address but those of links', () => {
  const page = reportPage(reported())
  expect(page).not.toMatch(/<script|<img|<link|url\(|@import|src=/)
  const addresses = [...page.matchAll(/https?:\/\/[^"]*/g)].map(([address]) => new URL(address).host)
  expect([...new Set(addresses)]).toEqual(['github.com'])
})
