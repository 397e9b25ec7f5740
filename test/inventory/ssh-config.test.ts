import { expect, test } from 'vitest'
import { defaultConfig, expandProxyCommand, localUser, splitHops } from '../../src/inventory/index.ts'
import { hostConfig, parseAnswer } from '../../src/inventory/ssh-config.ts'

const read = (lines: readonly string[], host = 'web1') => hostConfig(parseAnswer(lines.join('\n')), host)

test('tokens, ~ and variables of paths are replaced', () => {
  process.env.GACHETTE_TEST_KEYS = '/keys'
  const config = read([
    'hostname web1.example',
    'user deploy',
    'port 2222',
    'identityfile ~/.ssh/%r@%h:%p-%n-%%',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how ssh_config writes a variable
    'identityfile ${GACHETTE_TEST_KEYS}/id',
    'identityfile %d/%u/%i',
    'identityfile none',
  ])
  const { home, user, uid } = localUser()
  expect(config.identityFiles).toEqual([
    `${home}/.ssh/deploy@web1.example:2222-web1-%`,
    '/keys/id',
    `${home}/${user}/${uid}`,
  ])
})

test('a host nobody configured has OpenSSH’s defaults', () => {
  const { home } = localUser()
  expect(defaultConfig('Web1')).toEqual({
    hostName: 'web1',
    port: 22,
    identityFiles: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((key) => `${home}/.ssh/${key}`),
    identitiesOnly: false,
    knownHostsFiles: [
      `${home}/.ssh/known_hosts`,
      `${home}/.ssh/known_hosts2`,
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ],
    hashKnownHosts: false,
    onlyForSsh: [],
    proxyJump: [],
    forwardAgent: 'no',
    gssapi: false,
    connectionAttempts: 1,
    aliveIntervalMs: 0,
    aliveCountMax: 3,
    family: undefined,
    compression: false,
    batch: false,
  })
})

test('what ssh says in its own words is understood', () => {
  process.env.GACHETTE_TEST_AGENT = '/run/agent'
  expect(
    read([
      'hostkeyalias Build-Alias',
      'identityagent $GACHETTE_TEST_AGENT',
      'forwardagent yes',
      'connecttimeout 7',
      'serveraliveinterval 20',
      'proxyjump a@gate:22,[::1]:33',
      'userknownhostsfile /a /b',
      'globalknownhostsfile none',
      'addressfamily inet6',
      'batchmode yes',
    ]),
  ).toMatchObject({
    hostKeyAlias: 'build-alias',
    identityAgent: '/run/agent',
    forwardAgent: 'yes',
    connectTimeoutMs: 7000,
    aliveIntervalMs: 20_000,
    proxyJump: ['a@gate:22', '[::1]:33'],
    knownHostsFiles: ['/a', '/b'],
    family: 6,
    batch: true,
  })
})

test('a ProxyCommand gets the values the connection has', () => {
  const about = { host: 'web1', address: '10.0.0.1', port: 2222, user: 'deploy' }
  expect(expandProxyCommand('nc %h %p # %n %r 100%%', about)).toBe('nc 10.0.0.1 2222 # web1 deploy 100%')
})

test('hops may be written as URLs', () => {
  expect(splitHops('ssh://a@gate:22, b')).toEqual(['a@gate:22', 'b'])
  expect(splitHops('none')).toEqual([])
})
