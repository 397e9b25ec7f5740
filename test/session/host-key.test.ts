import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseKnownHosts } from '../../src/inventory/index.ts'
import { acquaintance, hostKeyAlgorithms, judge } from '../../src/session/host-key.ts'

/** A key of a type, in wire form, told apart by a word. */
function key(word: string, type = 'ssh-ed25519'): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), createHash('sha256').update(word).digest()])
}

const line = (names: string, word: string, type = 'ssh-ed25519', marker = '') =>
  `${marker}${names} ${type} ${key(word, type).toString('base64')}\n`

const about = (text: string) => acquaintance(parseKnownHosts(text, 'kh'), ['[web1]:2222', 'web1'])

test.each([
  ['nobody knows the host', line('web2', 'a'), 'unknown'],
  ['the key is there', line('[web1]:2222', 'a'), 'known'],
  ['one of several keys is it', line('[web1]:2222', 'b') + line('[web1]:2222', 'a'), 'known'],
  ['only another key is there', line('[web1]:2222', 'b'), 'changed'],
  ['only a key of another type is there', line('[web1]:2222', 'b', 'ssh-rsa'), 'changed'],
  ['the name without the port has the key', line('web1', 'a'), 'known'],
  ['the name without the port has another key', line('web1', 'b'), 'unknown'],
  ['the port has another key than the name', line('[web1]:2222', 'b') + line('web1', 'a'), 'changed'],
  [
    'the key is known and revoked',
    line('[web1]:2222', 'a') + line('*', 'a', undefined, '@revoked '),
    'revoked',
  ],
  ['another key is revoked', line('[web1]:2222', 'a') + line('*', 'b', undefined, '@revoked '), 'known'],
  ['an authority has that very key', line('[web1]:2222', 'a', undefined, '@cert-authority '), 'unknown'],
])('%s', (_case, text, verdict) => {
  expect(judge(about(text), key('a')).type).toBe(verdict)
})

test('known key types are offered first, and SHA-1 never', () => {
  const text = line('[web1]:2222', 'a', 'ssh-rsa') + line('*', 'b', 'ecdsa-sha2-nistp384', '@revoked ')
  expect(hostKeyAlgorithms(about(text))).toEqual([
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
  ])
})
