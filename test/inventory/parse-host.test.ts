import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHost, showHost } from '../../src/inventory/index.ts'
import { UsageError } from '../../src/shell/index.ts'

/** Almost hosts: words of what hosts are made of. */
const LIKELY = fc
  .array(fc.constantFrom('web1', 'a.b', '@', ':', '22', '[', ']', '::1', '-', '%', '$(id)', ' ', '\\'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''))

describe('parseHost', () => {
  test.each([
    ['web1', { kind: 'ssh', name: 'web1', address: 'web1' }],
    ['user@web1:22', { kind: 'ssh', name: 'web1:22', address: 'web1', user: 'user', port: 22 }],
    ['user@[::1]:2222', { kind: 'ssh', name: '[::1]:2222', address: '::1', user: 'user', port: 2222 }],
    ['[fe80::1%eth0]', { kind: 'ssh', name: '[fe80::1%eth0]', address: 'fe80::1%eth0' }],
    ['::1', { kind: 'ssh', name: '::1', address: '::1' }],
    ['hero@192.168.1.5', { kind: 'ssh', name: '192.168.1.5', address: '192.168.1.5', user: 'hero' }],
    ['me@corp.example@gate', { kind: 'ssh', name: 'gate', address: 'gate', user: 'me@corp.example' }],
    ['CORP\\me@gate', { kind: 'ssh', name: 'gate', address: 'gate', user: 'CORP\\me' }],
    ['bücher.example', { kind: 'ssh', name: 'bücher.example', address: 'bücher.example' }],
    ['local', { kind: 'local', name: 'local' }],
  ])('%s', (text, host) => {
    expect(parseHost(text)).toEqual(host)
  })

  test.each([
    '',
    '@web1',
    'user@',
    '-oProxyCommand=id',
    'user@-web1',
    '-l@web1',
    'web 1',
    ' web1',
    'web1\n',
    'web1\nweb2',
    'web1\0',
    'web1:',
    'web1:0',
    'web1:65536',
    'web1:ssh',
    'web1:22:22',
    '::1:22:zz',
    '[web1]:22',
    '[::1',
    '[::1]22',
    '$(id)',
    '`id`@web1',
    'a;id@web1',
    'web1;id',
    '../etc',
    'a/b',
    "it's",
    'user\\@web1',
    'web1\u001b[2J',
    'web\u202e1',
    'x'.repeat(100_000),
    `${'u'.repeat(100_000)}@web1`,
  ])('%j is refused with a UsageError of one short line', (text) => {
    const refusal = () => parseHost(text)
    expect(refusal).toThrow(UsageError)
    try {
      refusal()
    } catch (error) {
      expect(String(error)).toMatch(/^UsageError: [\x20-\x7e\u00a0-\u1fff]{1,200}$/)
    }
  })

  test('is either refused with a UsageError or read again from what showHost says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array().map((bytes) => String.fromCharCode(...bytes)),
          fc.ipV6(),
          LIKELY,
        ),
        (text) => {
          try {
            const host = parseHost(text)
            expect(parseHost(showHost(host))).toEqual(host)
            expect(showHost(host)).not.toMatch(/^-|[\s;&|<>$`'"(){}\0]/)
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError)
          }
        },
      ),
    )
  })
})
