import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HostConfig, SshConfigReader } from '../../src/inventory/index.ts'
import { hostConfig, parseAnswer } from '../../src/inventory/ssh-config.ts'
import type { AskedHost } from '../../src/inventory/ssh-program.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/ssh-config')
const NAMES = [
  'web1',
  'web2',
  'WEB1',
  'web10',
  'db1',
  'alias',
  'gate',
  'real.example',
  'a.example',
  'secret.example',
  '10.0.0.1',
  '10.0.0.2',
  '::1',
]
const ASKED: readonly AskedHost[] = [
  ...NAMES.map((address) => ({ address })),
  { address: 'web1', user: 'deploy' },
  { address: 'web2', user: 'root', port: 2222 },
  { address: 'db1', port: 22 },
  { address: 'alias', user: 'deploy', port: 2222 },
]

let dir: string

/** The corpus, with its includes by absolute paths: ssh looks for relative ones in ~/.ssh. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-corpus-'))
  for (const name of readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/\.(conf|inc)$/.test(name)) mkdirSync(join(dir, name))
    else if (name !== 'conf.d') {
      const text = readFileSync(join(FIXTURES, name), 'utf8')
      writeFileSync(join(dir, name), text.replaceAll('conf.d/', `${dir}/conf.d/`))
    }
  }
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const argvOf = (file: string, { address, user, port }: AskedHost): string[] => [
  '-F',
  file,
  ...(user === undefined ? [] : ['-l', user]),
  ...(port === undefined ? [] : ['-p', String(port)]),
  '--',
  address,
]

/** What `ssh -G` says of one host in a process of its own. */
function oracle(file: string, asked: AskedHost): HostConfig {
  const printed = execFileSync('ssh', ['-G', ...argvOf(file, asked)], { encoding: 'utf8', stdio: 'pipe' })
  return hostConfig(parseAnswer(printed), asked.address)
}

const readerOf = (sshConfigPath: string) =>
  new SshConfigReader({ useSshConfig: true, sshConfigPath, warn: () => {} })

/** What is used of an answer: what was typed wins over it, whatever ssh says. */
const used = (config: HostConfig | undefined, { user, port }: AskedHost) => ({
  ...config,
  user: user ?? config?.user,
  port: port ?? config?.port,
})

const corpus = readdirSync(FIXTURES).filter((name) => name.endsWith('.conf'))

test('the corpus is there', () => {
  expect(corpus.length).toBeGreaterThan(10)
})

describe.each(corpus)('%s', (name) => {
  test('every host gets its own answer, whoever asked before', async () => {
    const file = join(dir, name)
    const expected = ASKED.map((asked) => used(oracle(file, asked), asked))
    for (const order of [ASKED, [...ASKED].reverse()]) {
      const reader = readerOf(file)
      const answers = new Map<AskedHost, HostConfig>()
      for (const asked of order) answers.set(asked, await reader.of(asked))
      expect(ASKED.map((asked) => used(answers.get(asked), asked))).toEqual(expected)
    }
    const reader = readerOf(file)
    const together = await Promise.all(ASKED.map(async (asked) => used(await reader.of(asked), asked)))
    expect(together).toEqual(expected)
  })
})

test.each(['tokens.conf', 'keys.conf', 'quotes.conf', 'case.conf'])(
  'the keys of %s are the files that ssh itself opens',
  async (name) => {
    const file = join(dir, name)
    const reader = readerOf(file)
    for (const address of ['web1', 'web2', 'alias', '10.0.0.1']) {
      const argv = ['-v', '-o', 'ProxyCommand=true', '-o', 'BatchMode=yes', ...argvOf(file, { address })]
      const { stderr } = spawnSync('ssh', argv, { encoding: 'utf8' })
      const opened = [...stderr.matchAll(/^debug1: identity file (.*) type -?\d+\r?$/gm)].map(
        (match) => match[1],
      )
      const { identityFiles } = await reader.of({ address })
      expect(identityFiles).toEqual(opened.filter((path) => !path?.endsWith('-cert')))
    }
  },
)

const NAME = fc.constantFrom(
  'web1',
  'web2',
  'web*',
  'db?',
  '*',
  'alias',
  'gate',
  '10.0.0.*',
  '!web2',
  '!web1',
  '*.example',
)
const names = fc.array(NAME, { minLength: 1, maxLength: 3 }).map((all) => all.join(' '))
const value = fc.constantFrom(
  'web1',
  'db1',
  'real.example',
  '%h.example',
  '%n',
  'a%%b',
  'WEB1',
  '10.0.0.1',
  'x_y',
)
const path = fc.constantFrom('~/.ssh/%h', '/tmp/k', '%d/k-%r', '"/tmp/a b"', '/tmp/%C', 'none', '~/x-%n-%p')
const number = fc.integer({ min: 1, max: 99 })
const option = fc.oneof(
  fc.record({ key: fc.constantFrom('HostName', 'HostKeyAlias', 'User', 'BindAddress'), of: value }),
  fc.record({
    key: fc.constantFrom('IdentityFile', 'UserKnownHostsFile', 'CertificateFile', 'IdentityAgent'),
    of: path,
  }),
  fc.record({
    key: fc.constantFrom(
      'Port',
      'ConnectTimeout',
      'ServerAliveInterval',
      'ServerAliveCountMax',
      'ConnectionAttempts',
    ),
    of: number,
  }),
  fc.record({
    key: fc.constantFrom('IdentitiesOnly', 'BatchMode', 'Compression', 'HashKnownHosts', 'ForwardAgent'),
    of: fc.constantFrom('yes', 'no'),
  }),
  fc.record({ key: fc.constantFrom('ProxyJump'), of: fc.constantFrom('none', 'hop', 'a,b', '%r@hop:22') }),
  fc.record({
    key: fc.constantFrom('ProxyCommand'),
    of: fc.constantFrom('none', 'nc %h %p', 'ssh -W %h:%p x'),
  }),
)
const header = fc.oneof(
  names.map((each) => `Host ${each}`),
  names.map((each) => `host = ${each}`),
  fc.constantFrom('web1', 'web*,!web2', '*.example').map((each) => `Match host ${each}`),
  fc.constantFrom(
    'Match all',
    'Match final all',
    'Match user deploy',
    'Match originalhost alias',
    'Match exec "test %h = web1"',
  ),
)
const spelled = fc
  .tuple(
    option,
    fc.constantFrom(' ', '=', ' = ', '\t'),
    fc.constantFrom('lower', 'as is'),
    fc.constantFrom('', ' ', '\t'),
  )
  .map(([{ key, of }, between, spelling, before]) => {
    return `${before}${spelling === 'lower' ? key.toLowerCase() : key}${between}${of}`
  })
const config = fc
  .array(fc.oneof({ weight: 3, arbitrary: spelled }, { weight: 2, arbitrary: header }), { maxLength: 14 })
  .map((lines) => `${lines.join('\n')}\n`)

test('in random files as well', async () => {
  const file = join(dir, 'random')
  await fc.assert(
    fc.asyncProperty(
      config,
      fc.shuffledSubarray([...ASKED], { minLength: 5, maxLength: 8 }),
      async (text, asked) => {
        writeFileSync(file, text)
        const reader = readerOf(file)
        const answers: unknown[] = []
        for (const each of asked) answers.push(used(await reader.of(each), each))
        expect(answers).toEqual(asked.map((each) => used(oracle(file, each), each)))
      },
    ),
    { numRuns: 60 },
  )
}, 240_000)
