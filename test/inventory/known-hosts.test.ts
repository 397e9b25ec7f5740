import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashedName, knownHostsName, linesFor, parseKnownHosts } from '../../src/inventory/index.ts'
import { matchesPattern } from '../../src/inventory/pattern.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDMKvgc4hPjlJGFs4NZQOeQoL2j9hwNrKCgYlMmBGvkT'

const found = (text: string, address: string, port = 22) =>
  linesFor(parseKnownHosts(text, 'kh'), knownHostsName(address, port)).map(
    ({ role, line }) => `${line} ${role}`,
  )

test('comments, empty and broken lines are left out; the others keep their numbers', () => {
  const text = [
    '# web1',
    '',
    `web1 ${KEY} a comment`,
    'web1 ssh-ed25519',
    'web1 ssh-ed25519 not*base64',
    'web1 ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIDMKvgc4hPjlJGFs4NZQOeQoL2j9hwNrKCgYlMmBGvkT',
    `@what web1 ${KEY}`,
    `\t web1\t${KEY}\r`,
    `@revoked web1 ${KEY}`,
    `@cert-authority *.example,web1 ${KEY}`,
  ].join('\n')
  expect(found(text, 'web1')).toEqual(['3 plain', '8 plain', '9 revoked', '10 authority'])
})

test('names match with wildcards and negation, case aside, and with the port', () => {
  const text = `*.Example,!bad.example,[web?]:2222 ${KEY}\n[::1]:22022 ${KEY}`
  expect(found(text, 'good.example')).toEqual(['1 plain'])
  expect(found(text, 'GOOD.example')).toEqual(['1 plain'])
  expect(found(text, 'bad.example')).toEqual([])
  expect(found(text, 'web1', 2222)).toEqual(['1 plain'])
  expect(found(text, 'web1')).toEqual([])
  expect(found(text, '::1', 22022)).toEqual(['2 plain'])
})

test('a hashed name matches the name it was made of, and no other', () => {
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), (address, port) => {
      const text = `${hashedName(knownHostsName(address, port))} ${KEY}`
      expect(found(text, address, port)).toEqual(['1 plain'])
      expect(found(text, `x${address}`, port)).toEqual([])
    }),
    { numRuns: 30 },
  )
})

test('whatever a file holds, reading it throws nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = String.fromCharCode(...bytes)
      expect(found(text, 'web1')).toEqual([])
    }),
  )
})

test('a pattern of many stars is matched without trying all ways', () => {
  expect(matchesPattern(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false)
})

test('a pattern matches as a regular expression made of it does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
  fc.assert(
    fc.property(letters, name, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect(matchesPattern(pattern, text)).toBe(expression.test(text))
    }),
  )
})
