import { expect, it } from 'vitest'
import { connectSettings } from '../../src/session/from-settings.ts'
import { loadText } from '../support/settings-folder.ts'

const warn = () => {}

it('what nobody set is absent, so that ssh_config may say it', async () => {
  const loaded = await loadText('')
  expect(connectSettings(loaded, { warn })).toStrictEqual({
    keyFiles: [],
    useSshConfig: true,
    forwardAgent: false,
    hostKeyPolicy: 'strict',
    warn,
  })
})

it('every setting about connecting arrives, seconds as milliseconds', async () => {
  const loaded = await loadText(`
ssh_client: openssh
user: hero
port: 2222
key_filename: /k
password: pw
use_ssh_config: false
ssh_config_path: /c
gateway: gate
forward_agent: true
known_hosts: [/h1, /h2]
host_key_policy: accept-new
timeout: 0.5
connection_attempts: 1
keepalive: 0
`)
  const { password, ...rest } = connectSettings(loaded, { warn })
  expect(password?.reveal()).toBe('pw')
  expect(rest).toStrictEqual({
    client: 'openssh',
    user: 'hero',
    port: 2222,
    keyFiles: ['/k'],
    useSshConfig: false,
    sshConfigPath: '/c',
    gateway: 'gate',
    forwardAgent: true,
    knownHosts: ['/h1', '/h2'],
    hostKeyPolicy: 'accept-new',
    timeoutMs: 500,
    attempts: 1,
    keepaliveMs: 0,
    warn,
  })
})
