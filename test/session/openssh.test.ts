import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultConfig, parseHost } from '../../src/inventory/index.ts'
import type { ConnectSettings } from '../../src/session/connect-settings.ts'
import { argvFor, type Way } from '../../src/session/openssh/argv.ts'
import { Progress } from '../../src/session/openssh/progress.ts'
import { Packets, string, uint32, WireReader } from '../../src/session/openssh/wire.ts'
import { targetOf } from '../../src/session/target.ts'
import { UsageError } from '../../src/shell/index.ts'

const WAY: Way = { controlPath: '/tmp/x/1', newKeysPath: undefined, gatePath: undefined, asks: false }

function argv(text: string, settings: Partial<ConnectSettings> = {}, way: Partial<Way> = {}) {
  const host = parseHost(text)
  if (host.kind !== 'ssh') throw new Error('no SSH host')
  const whole: ConnectSettings = {
    keyFiles: ['/k'],
    knownHosts: ['/known'],
    useSshConfig: false,
    forwardAgent: false,
    hostKeyPolicy: 'strict',
    warn: () => {},
    ...settings,
  }
  const config = { ...defaultConfig(host.address), identityFiles: [] }
  return argvFor(targetOf(host, config, whole), whole, { ...WAY, ...way })
}

const option = (words: readonly string[], name: string) =>
  words.filter((word) => word.startsWith(`${name}=`)).map((word) => word.slice(name.length + 1))

/** How a path is named to ssh; undefined: it is refused. */
function namedToSsh(path: string): string | undefined {
  try {
    return option(argv('web1', { keyFiles: [path] }), 'IdentityFile')[0]
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

describe('the arguments of ssh', () => {
  test('are these', () => {
    expect(argv('deploy@web1:2222')).toEqual([
      ...['-f', '-N', '-M', '-v', '-F', 'none'],
      ...[
        'LogLevel=DEBUG1',
        'FingerprintHash=sha256',
        'ControlPath=/tmp/x/1',
        'ControlPersist=5',
        'StrictHostKeyChecking=yes',
        'UserKnownHostsFile=/known',
        'GlobalKnownHostsFile=/dev/null',
        'UpdateHostKeys=no',
        'CheckHostIP=no',
        'ClearAllForwardings=yes',
        'PermitLocalCommand=no',
        'RemoteCommand=none',
        'RequestTTY=no',
        'ForwardX11=no',
        'Tunnel=no',
        'ForwardAgent=no',
        'IdentityFile=/k',
        'BatchMode=yes',
        'NumberOfPasswordPrompts=1',
        'ConnectionAttempts=1',
        'ConnectTimeout=10',
        'ServerAliveInterval=15',
        'ServerAliveCountMax=3',
        'ProxyCommand=none',
      ].flatMap((each) => ['-o', each]),
      ...['-l', 'deploy', '-p', '2222', '--', 'web1'],
    ])
  })
  test('leave to ssh_config what nobody typed or set', () => {
    const words = argv('web1', { useSshConfig: true })
    expect(words).not.toContain('-F')
    expect(words.slice(-3)).toEqual(['ProxyCommand=none', '--', 'web1'])
  })
  test('say what becomes of an unknown host key', () => {
    const accepting = argv(
      'web1',
      { hostKeyPolicy: 'accept-new' },
      {
        newKeysPath: '/tmp/x/1.known',
      },
    )
    expect(option(accepting, 'StrictHostKeyChecking')).toEqual(['accept-new'])
    expect(option(accepting, 'UserKnownHostsFile')).toEqual(['/tmp/x/1.known /known'])
    const off = argv('web1', { hostKeyPolicy: 'off' })
    expect(option(off, 'StrictHostKeyChecking')).toEqual(['no'])
    expect(option(off, 'UserKnownHostsFile')).toEqual(['/dev/null'])
  })
  test('take the way through a jump host’s socket, and never to a host of that name', () => {
    const words = argv('web1', { gateway: 'gate' }, { gatePath: '/tmp/x/7' })
    expect(option(words, 'ProxyCommand')).toEqual([
      "ssh -F none -S /tmp/x/7 -W '[%h]:%p' -o 'ProxyCommand=false' -- gate.invalid",
    ])
  })
  test('hold any path as one word, or refuse it', () => {
    expect(option(argv('web1', { keyFiles: ['/a b/100%'] }), 'IdentityFile')).toEqual(['"/a b/100%%"'])
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const value = namedToSsh(`/${name}`)
        if (value === undefined) return
        expect(value.replace(/^"(.*)"$/, '$1').replaceAll('%%', '%')).toBe(`/${name}`)
        expect(value).toMatch(/^("[^"\\$\n]*"|[^"\\$\s]*)$/)
      }),
    )
  })
})

describe('what ssh tells with -v', () => {
  const progress = (...lines: readonly string[]) => {
    const read = new Progress()
    // In pieces, as a pipe may give it.
    for (const byte of Buffer.from(lines.map((line) => `${line}\r\n`).join(''))) read.take(Buffer.of(byte))
    return read
  }
  const SPOKEN = [
    'debug1: Connection established.',
    'debug1: Remote protocol version 2.0, remote software version x',
  ]

  test('says how far a login came', () => {
    expect(progress('debug1: Connecting to x [1.2.3.4] port 22.').stage).toBe('dialling')
    expect(progress(...SPOKEN.slice(0, 1)).stage).toBe('connected')
    expect(progress(...SPOKEN)).toMatchObject({ stage: 'speaking', hostKey: undefined })
    expect(progress(...SPOKEN, 'debug1: Server host key: ssh-ed25519 SHA256:abc+/')).toMatchObject({
      stage: 'speaking',
      hostKey: { type: 'ssh-ed25519', fingerprint: 'SHA256:abc+/' },
    })
    expect(progress(...SPOKEN, 'debug1: SSH2_MSG_NEWKEYS received').stage).toBe('trusted')
  })
  test('says what was tried and what the host takes', () => {
    const read = progress(
      ...SPOKEN,
      'debug1: SSH2_MSG_NEWKEYS received',
      'debug1: Authentications that can continue: publickey,password',
      'debug1: Next authentication method: publickey',
      'debug1: Offering public key: /a key ED25519 SHA256:abc explicit',
      'debug1: Next authentication method: password',
      'debug1: No more authentication methods to try.',
      'me@x: Permission denied (publickey,password).',
    )
    expect(read).toMatchObject({
      tried: ['/a key', 'the password'],
      accepted: ['publickey', 'password'],
      method: 'password',
      isExhausted: true,
      lastWords: 'me@x: Permission denied (publickey,password).',
    })
  })
  test('is not believed about the host’s key once the host may print lines of its own', () => {
    const read = progress(
      ...SPOKEN,
      'debug1: Server host key: ssh-ed25519 SHA256:true',
      'debug1: SSH2_MSG_NEWKEYS received',
      'debug1: Server host key: ssh-ed25519 SHA256:false',
      'debug1: kex_exchange_identification: banner line 0: hello',
    )
    expect(read).toMatchObject({ hostKey: { fingerprint: 'SHA256:true' }, greeting: '' })
  })
  test('may be anything at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => new Progress().take(bytes)))
  })
})

describe('packets', () => {
  test('come whole however the stream is cut', () => {
    const texts = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (all, cuts) => {
        const stream = Buffer.concat(all.map((each) => string(each)))
        const packets = new Packets()
        const seen: Buffer[] = []
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const end = at + (cuts[cut % cuts.length] ?? 1)
          seen.push(...packets.take(stream.subarray(at, end)).map((packet) => Buffer.from(packet)))
          at = end
        }
        expect(seen).toEqual(all.map((each) => Buffer.from(each)))
      }),
    )
  })
  test('that end too early read as zero and empty', () => {
    const reader = new WireReader(uint32(7))
    expect([reader.uint32(), reader.uint32(), reader.byte(), reader.string().length]).toEqual([7, 0, 0, 0])
  })
})
