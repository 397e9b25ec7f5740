import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRepositoryUrl } from '../../src/source/index.ts'
import { mirrorName } from '../../src/source/repository.ts'

test.each([
  ['git@github.com:ops-config/test_config', 'ssh'],
  ['github.com:ops/test.git', 'ssh'],
  ['git@[::1]:srv/x.git', 'ssh'],
  ['host:~/x.git', 'ssh'],
  ['ssh://git@example.com:2222/srv/x.git', 'ssh'],
  ['ssh://[::1]:22/x', 'ssh'],
  ['https://example.com/a/b.git', 'https'],
  ['http://127.0.0.1:8080/b.git?x=1', 'http'],
  ['git://example.com/x', 'git'],
  ['file:///srv/x.git', 'file'],
  ["/srv/it's here; $(id)/x.git", 'file'],
])('%s is read as it is', (text, transport) => {
  expect(parseRepositoryUrl(text)).toEqual({ url: text, shown: text, transport })
})

test('a password travels apart from the url and is never shown', () => {
  const parsed = parseRepositoryUrl('https://ci:p%40ss@example.com:8443/a.git')
  expect(parsed).toMatchObject({
    url: 'https://example.com:8443/a.git',
    shown: 'https://example.com:8443/a.git',
  })
  expect(parsed.credentials?.scope).toBe('https://example.com:8443')
  expect(parsed.credentials?.user.reveal()).toBe('ci')
  expect(parsed.credentials?.password?.reveal()).toBe('p@ss')
  expect(JSON.stringify(parsed) + inspect(parsed)).not.toMatch(/p@ss|p%40ss/)
})

test('a user alone may be a token, and travels apart as well', () => {
  const parsed = parseRepositoryUrl('https://tok%27en@example.com/a')
  expect(parsed).toMatchObject({ url: 'https://example.com/a', shown: 'https://example.com/a' })
  expect(parsed.credentials?.user.reveal()).toBe("tok'en")
  expect(parsed.credentials?.password).toBeUndefined()
})

test('a password whose slash nobody encoded is not shown when the url is refused', () => {
  expect(() => parseRepositoryUrl('https://bob:hunter/2@host/x')).toThrow(
    '"https://***@host/x" is no repository',
  )
  expect(() => parseRepositoryUrl('https://token@ho st/x')).toThrow('"https://***@ho st/x" is no repository')
})

describe('refuses', () => {
  test.each([
    '',
    'ext::sh -c touch% /tmp/x',
    'ext::ssh',
    'fd::17',
    '::x',
    'host::path',
    'EXT::x',
    '-oProxyCommand=touch /tmp/x',
    '--upload-pack=x',
    '-oProxyCommand=x:y',
    'ssh://-oProxyCommand=touch%20x/y',
    'ssh://-oProxyCommand=x@host/y',
    'ssh://git@-oProxyCommand=x/y',
    'git@-host:x',
    '-user@host:x',
    'host:-x',
    'ssh://host/-x',
    'ssh://host',
    'ssh://user:password@host/x',
    'git://user@host/x',
    'ftp://host/x',
    'javascript://x/y',
    'file://host/x',
    'file://',
    'shop',
    './shop',
    '../shop',
    'a/b:c',
    'https://exa mple.com/x',
    'https://$(id)/x',
    'https://u:%zz@host/x',
    'https://u:%0a@host/x',
    'https://u:%00@host/x',
    '/srv/x\ny',
    '/srv/x\0',
    '/srv/"x"',
    '/srv/\\x',
    '/srv/\ud800',
    `/${'x'.repeat(100_000)}`,
  ])('%j', (text) => {
    expect(() => parseRepositoryUrl(text)).toThrow('is no repository')
  })

  test('a bad url without showing the password in it', () => {
    expect(() => parseRepositoryUrl('ssh://me:hunter2@host/x')).toThrow('ssh://***@host/x')
    expect(() => parseRepositoryUrl('ssh://me:hunter2@host/x')).not.toThrow('hunter2')
  })
})

test('any text is read, or refused by a UsageError, and what is read never starts with a dash', () => {
  const piece = fc.constantFrom(
    'ssh://',
    'https://',
    'file://',
    'ext::',
    '-',
    '@',
    ':',
    '/',
    'a',
    '[',
    ']',
    '%41',
    ' ',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 7 }), (pieces) => {
      try {
        const { url, shown } = parseRepositoryUrl(pieces.join(''))
        expect(`${url} ${shown}`).not.toMatch(/^-|^[A-Za-z0-9+.-]*::|[\0\n]|^(?:ssh:\/\/|[^/]*@)-/)
      } catch (error) {
        expect((error as Error).name).toBe('UsageError')
      }
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['git@github.com:ops-config/test_config', 'test_config-'],
  ['https://example.com/a/shop.git', 'shop-'],
  ['https://example.com/a/shop/', 'shop-'],
  ['/srv/$(id)', 'repository-'],
  ['/srv/..', 'repository-'],
  ['/srv/x/.git', 'repository-'],
  ['host:x', 'x-'],
])('the mirror of %s is called %s…', (url, start) => {
  expect(mirrorName(url)).toMatch(new RegExp(`^${start.replace(/[.$()]/g, '\\$&')}[0-9a-f]{12}$`))
})
