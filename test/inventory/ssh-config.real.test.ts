import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultConfig, type HostConfig, SshConfigReader } from '../../src/inventory/index.ts'
import { hostConfig, parseAnswer } from '../../src/inventory/ssh-config.ts'
import { SettingsError } from '../../src/shell/index.ts'

let dir: string
let config: string
const path = process.env.PATH

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-config-'))
  config = join(dir, 'config')
})

afterEach(() => {
  process.env.PATH = path
  rmSync(dir, { recursive: true, force: true })
})

const reader = (warn: (message: string) => void = () => {}) =>
  new SshConfigReader({ useSshConfig: true, sshConfigPath: config, warn })

const oracle = (host: string, ...options: string[]): HostConfig =>
  hostConfig(
    parseAnswer(
      execFileSync('ssh', ['-F', config, ...options, '-G', '--', host], { encoding: 'utf8', stdio: 'pipe' }),
    ),
    host,
  )

/** An ssh in front of the real one that counts its calls. */
function countSsh(): () => number {
  const log = join(dir, 'calls')
  const real = execFileSync('which', ['ssh'], { encoding: 'utf8' }).trim()
  mkdirSync(join(dir, 'bin'))
  writeFileSync(join(dir, 'bin/ssh'), `#!/bin/sh\necho call >> ${log}\nexec ${real} "$@"\n`)
  chmodSync(join(dir, 'bin/ssh'), 0o755)
  writeFileSync(log, '')
  process.env.PATH = `${join(dir, 'bin')}:${path}`
  return () => readFileSync(log, 'utf8').split('\n').length - 1
}

const HOSTS = ['web1', 'web2', 'WEB1', 'db1', 'db1.example', '10.0.0.1', '::1', 'real.example']
const option = fc.constantFrom(
  'User deploy',
  'User=%n',
  'Port 2222',
  'HostName real.example',
  'HostName db1',
  'HostName %h.example',
  'IdentityFile ~/.ssh/deploy',
  'IdentityFile %d/keys/%h',
  'IdentitiesOnly yes',
  'ControlPath ~/.ssh/%r@%h:%p',
  'UserKnownHostsFile /tmp/known-%h',
  'ProxyJump gate',
  'ProxyCommand nc %h %p',
  'HostKeyAlias one',
  'ServerAliveInterval 7',
  'ForwardAgent yes',
  '# a comment',
  '',
)
const header = fc.constantFrom(
  'Host *',
  'Host web*',
  'Host web? !web2',
  'Host db1 10.0.0.*',
  'host = web1',
  'Host "db1" web1',
  'Match all',
  'Match host db*',
  'Match user deploy',
  'Match originalhost web1 exec "test %n = web1"',
  'Include more',
  'CanonicalizeHostname no',
)
const text = fc
  .array(fc.oneof({ weight: 2, arbitrary: option }, { weight: 1, arbitrary: header }), { maxLength: 12 })
  .map((lines) => `${lines.join('\n')}\n`)

test('every host gets the answer ssh -G gives for it, whoever asked before', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, async (main, more) => {
      writeFileSync(join(dir, 'more'), more.replaceAll('Include more', ''))
      writeFileSync(config, main.replaceAll('Include more', `Include ${dir}/m*e`))
      const asked = reader()
      const answers = await Promise.all(HOSTS.map((address) => asked.of({ address })))
      expect(answers).toEqual(HOSTS.map((host) => oracle(host)))
    }),
    { numRuns: 25 },
  )
}, 120_000)

test('user and port as typed decide a Match', async () => {
  writeFileSync(config, 'Match user deploy\n  HostName other.example\n')
  const asked = reader()
  expect(await asked.of({ address: 'web1', user: 'deploy' })).toEqual(oracle('web1', '-l', 'deploy'))
  expect((await asked.of({ address: 'web1', user: 'root' })).hostName).toBe('web1')
})

test('100 hosts that only Host * means cost one process', async () => {
  writeFileSync(config, 'Host gate\n  HostName gate.example\nHost *\n  User deploy\n  ControlPath ~/%h\n')
  const calls = countSsh()
  const asked = reader()
  const hosts = Array.from({ length: 100 }, (_, at) => `10.0.0.${at}`)
  const answers = await Promise.all(hosts.map((address) => asked.of({ address })))
  expect(answers.map((answer) => answer.hostName)).toEqual(hosts)
  expect(answers.every((answer) => answer.user === 'deploy')).toBe(true)
  expect(calls()).toBe(1)
})

test('where a Match may tell them apart each host has its own process, and each but one', async () => {
  writeFileSync(config, 'Match exec "test %h = web7"\n  User seven\n')
  const calls = countSsh()
  const asked = reader()
  const hosts = Array.from({ length: 10 }, (_, at) => `web${at}`)
  const answers = await Promise.all([...hosts, ...hosts].map((address) => asked.of({ address })))
  expect(answers.filter((answer) => answer.user === 'seven')).toHaveLength(2)
  expect(calls()).toBe(10)
})

test('without an ssh program there is one warning, and OpenSSH’s defaults', async () => {
  writeFileSync(config, 'Host *\n  User deploy\n')
  process.env.PATH = join(dir, 'empty')
  const warnings: string[] = []
  const asked = reader((warning) => warnings.push(warning))
  expect(await Promise.all(['web1', 'web2'].map((address) => asked.of({ address })))).toEqual([
    defaultConfig('web1'),
    defaultConfig('web2'),
  ])
  expect(warnings).toEqual(['there is no ssh program here: ssh_config is not read, only the settings count'])
})

test('a file ssh does not accept is a SettingsError with ssh’s own words', async () => {
  writeFileSync(config, 'Hostt web1\n')
  const refusal = await reader()
    .of({ address: 'web1' })
    .catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(SettingsError)
  expect(String(refusal)).toBe(
    `SettingsError: ssh_config is not accepted: ${config}: line 1: Bad configuration option: hostt`,
  )
})
