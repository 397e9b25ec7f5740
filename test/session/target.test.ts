import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultConfig, type HostConfig, parseHost } from '../../src/inventory/index.ts'
import type { ConnectSettings } from '../../src/session/connect-settings.ts'
import { targetOf } from '../../src/session/target.ts'

const agent = process.env.SSH_AUTH_SOCK

beforeEach(() => {
  process.env.SSH_AUTH_SOCK = '/run/agent'
})

afterEach(() => {
  if (agent === undefined) delete process.env.SSH_AUTH_SOCK
  else process.env.SSH_AUTH_SOCK = agent
})

function target(text: string, settings: Partial<ConnectSettings> = {}, config: Partial<HostConfig> = {}) {
  const host = parseHost(text)
  if (host.kind !== 'ssh') throw new Error('no SSH host')
  return targetOf(
    host,
    { ...defaultConfig(host.address), ...config },
    {
      keyFiles: [],
      useSshConfig: true,
      forwardAgent: false,
      hostKeyPolicy: 'strict',
      warn: () => {},
      ...settings,
    },
  )
}

test('what is typed wins over the settings, and those over ssh_config', () => {
  const config = {
    user: 'config',
    port: 1,
    connectTimeoutMs: 1000,
    aliveIntervalMs: 1000,
    connectionAttempts: 9,
  }
  expect(target('typed@web1:3', { user: 'settings', port: 2 }, config)).toMatchObject({
    user: 'typed',
    port: 3,
  })
  expect(target('web1', { user: 'settings', port: 2 }, config)).toMatchObject({ user: 'settings', port: 2 })
  expect(target('web1', {}, config)).toMatchObject({ user: 'config', port: 1 })
  expect(target('web1', {}, config)).toMatchObject({ timeoutMs: 1000, keepaliveMs: 1000, attempts: 9 })
  expect(target('web1', { timeoutMs: 5, keepaliveMs: 0, attempts: 1 }, config)).toMatchObject({
    timeoutMs: 5,
    keepaliveMs: 0,
    attempts: 1,
  })
  expect(target('web1')).toMatchObject({ timeoutMs: 10_000, keepaliveMs: 15_000, attempts: 3 })
})

test('known_hosts has the name with its port, then without; an alias instead of both', () => {
  expect(target('Web1').knownAs).toEqual(['web1'])
  expect(target('[::1]:2222').knownAs).toEqual(['[::1]:2222', '::1'])
  expect(target('web1:2222', {}, { hostKeyAlias: 'alias' }).knownAs).toEqual(['alias'])
})

test('the gateway of the settings stands before ProxyCommand, and that before ProxyJump', () => {
  const config = { proxyCommand: 'nc %h %p', proxyJump: ['gate'] }
  expect(target('web1', { gateway: 'a,b' }, config).via).toEqual({ type: 'jumps', hops: ['a', 'b'] })
  expect(target('web1', {}, config).via).toEqual({ type: 'command', line: 'nc %h %p' })
  expect(target('web1', {}, { proxyJump: ['gate'] }).via).toEqual({ type: 'jumps', hops: ['gate'] })
  expect(target('web1').via).toEqual({ type: 'direct' })
})

test('the agent is forwarded only where the settings or ssh_config say so', () => {
  expect(target('web1').forwardedAgent).toBeUndefined()
  expect(target('web1', { forwardAgent: true }).forwardedAgent).toBe('/run/agent')
  expect(target('web1', {}, { forwardAgent: 'yes' }).forwardedAgent).toBe('/run/agent')
  expect(target('web1', {}, { forwardAgent: '/other' }).forwardedAgent).toBe('/other')
  expect(target('web1', { forwardAgent: true }, { identityAgent: 'none' }).forwardedAgent).toBeUndefined()
})

test('a person is asked only where there is one, and not in BatchMode', () => {
  const prompt = () => Promise.reject(new Error('not now'))
  expect(target('web1').interactive).toBe(false)
  expect(target('web1', { prompt }).interactive).toBe(true)
  expect(target('web1', { prompt }, { batch: true }).interactive).toBe(false)
})
