import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { knownHostsName, linesFor, parseKnownHosts } from '../../src/inventory/index.ts'

let dir: string
let keys: string[]

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-known-'))
  keys = ['ed25519', 'ecdsa', 'rsa'].map((type) => {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', join(dir, type)])
    return readFileSync(join(dir, `${type}.pub`), 'utf8').trim()
  })
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const NAMES = ['a', 'b', 'web1', 'web2.example', 'WEB1', '127.0.0.1', '::1']
const name = fc.constantFrom(...NAMES)
const port = fc.constantFrom(22, 2222)
const host = fc.tuple(name, port).map(([address, at]) => (at === 22 ? address : `[${address}]:${at}`))
const pattern = fc.oneof(
  host,
  fc.constantFrom('*', 'web*', '!web1', '*.example', 'web?', '[*]:2222', '!*', '[web?]:22'),
)
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '', '', '@revoked ', '@cert-authority ', '@other '),
        fc.array(pattern, { minLength: 1, maxLength: 4 }),
        fc.nat(2),
        fc.constantFrom('', ' a comment', '\t'),
      )
      .map(([marker, names, key, end]) => ({ marker, names: names.join(','), key, end })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '# comment',
      '',
      '   ',
      'web1',
      'web1 ssh-ed25519',
      'web1 ssh-rsa AAAA',
      'web1 nonsense AAAAB3Nza',
    ),
  },
)

/** What ssh-keygen finds: line numbers and fingerprints (-l makes it read the keys, as ssh does). */
function oracle(file: string, wanted: string): string[] {
  const { stdout } = spawnSync('ssh-keygen', ['-l', '-F', wanted, '-f', file], { encoding: 'utf8' })
  return [...stdout.matchAll(/found: line (\d+)/g)].map((match) => match[1] ?? '')
}

const ours = (file: string, address: string, at: number) =>
  linesFor(parseKnownHosts(readFileSync(file, 'utf8'), file), knownHostsName(address, at)).map(({ line }) =>
    String(line),
  )

test('the lines that speak of a host are those ssh-keygen -F finds, plain and hashed', () => {
  const file = join(dir, 'known_hosts')
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), name, port, (lines, address, at) => {
      const text = lines.map((each) =>
        typeof each === 'string' ? each : `${each.marker}${each.names} ${keys[each.key]}${each.end}`,
      )
      writeFileSync(file, `${text.join('\n')}\n`)
      const wanted = knownHostsName(address, at)
      expect(ours(file, address, at)).toEqual(oracle(file, wanted))
      // -H refuses files with broken lines, and leaves patterns as they are.
      if (spawnSync('ssh-keygen', ['-q', '-H', '-f', file]).status === 0)
        expect(ours(file, address, at)).toEqual(oracle(file, wanted))
    }),
    { numRuns: 60 },
  )
})
