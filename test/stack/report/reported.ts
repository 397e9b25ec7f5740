import type { StackReport } from '../../../src/stack/report/data.ts'

const NEW = '928a125ec5d6'.padEnd(40, '0')
const OLD = '15fad0832012'.padEnd(40, '0')
const shop = 'git@github.com:acme/shop.git'

/** A stack of which everything is known. */
export const reported = (): StackReport => ({
  name: '1.4.0',
  domain: 'main',
  digest: 'ab'.repeat(32),
  when: '2026-11-20T11:13:34Z',
  who: 'jo@desk',
  frozen: { when: '2026-11-20T12:00:00Z', who: 'jo@desk' },
  signatures: { signers: ['jo@example.org', 'ann@example.org'], needed: 2 },
  aliases: ['production', 'latest'],
  previous: '1.3.2',
  packages: [
    {
      name: 'dh-shop',
      version: '1.4',
      architecture: 'all',
      size: 2104,
      sha256: 'cd'.repeat(32),
      summary: 'The shop',
      change: 'up',
      was: '1.3',
      origin: {
        repository: shop,
        commit: NEW,
        ref: 'main',
        builder: 'missile',
        built: '2026-11-20T11:13:32Z',
        machine: 'build1',
      },
    },
    { name: 'dh-assets', version: '1.0', architecture: 'all', size: 99_104_000, change: 'added' },
    { name: 'libsame', version: '1.1', architecture: 'amd64', size: 12_000, change: 'rebuilt' },
    { name: 'libdown', version: '1.1', architecture: 'amd64', size: 12, change: 'down', was: '1.2' },
  ],
  removed: [{ name: 'dh-legacy', version: '3' }],
  histories: [
    {
      repository: shop,
      packages: ['dh-shop', 'dh-assets'],
      from: OLD,
      to: NEW,
      commits: [
        { commit: NEW, subject: 'Basket: round to the cent', author: 'Jo', when: '2026-11-20T10:00:00Z' },
      ],
      note: 'and 12 more',
    },
  ],
  deployed: [{ host: 'web1', stack: '1.4.0', when: '2026-11-20T12:10:00Z', who: 'jo@desk', generation: 3 }],
  made: { when: '2026-11-20T13:00:00Z', by: 'gachette 1.0.0' },
})
