import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GachetteError } from '../../../src/shell/index.ts'
import { channelPointer, freezeRecord } from '../../../src/stack/edit/records.ts'
import { names, parseAllowedSigners } from '../../../src/stack/trust/allowed-signers.ts'
import { digestOf, readManifest } from '../../../src/stack/trust/digest.ts'
import { asked, pick } from '../../../src/stack/trust/names.ts'
import { parseChannelPointer, parseFreezeRecord } from '../../../src/stack/trust/record.ts'
import { signersOf } from '../../../src/stack/trust/seats.ts'
import { parsePublicLine, parseSshKey } from '../../../src/stack/trust/ssh-key.ts'
import { parseSshSignature } from '../../../src/stack/trust/ssh-signature.ts'
import { wire } from '../../../src/stack/trust/ssh-wire.ts'

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,20}$/)
const digest = fc.stringMatching(/^[0-9a-f]{64}$/)
const time = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`)
const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const common = { domain: name, stack: name, digest, when: time, who: text, why: fc.option(text) }
const freezes = fc.record({
  ...common,
  generation: fc.stringMatching(/^[A-Za-z0-9]{1,20}$/),
  count: fc.nat(),
})
const pointers = fc.record({
  ...common,
  channel: name,
  number: fc.integer({ min: 1, max: 99_999_999 }),
  until: fc.option(time),
})
const bytes = (line: string) => Buffer.from(line)

describe('records', () => {
  test('what is written is read again, whatever the texts in it', () => {
    fc.assert(
      fc.property(freezes, (facts) => {
        const record = { v: 1, kind: 'gachette-stack', ...facts }
        expect(parseFreezeRecord(bytes(freezeRecord(facts)), 'f')).toEqual(record)
      }),
    )
    fc.assert(
      fc.property(pointers, (facts) => {
        const pointer = { v: 1, kind: 'gachette-channel', ...facts }
        expect(parseChannelPointer(bytes(channelPointer(facts)), 'f')).toEqual(pointer)
      }),
    )
  })

  test('any bytes are read, or refused with the name of the file; never a fault', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((json) => bytes(`${json}\n`)),
      freezes.chain((facts) => {
        const line = bytes(freezeRecord(facts))
        return fc.tuple(fc.nat(line.length - 1), fc.nat(255)).map(([at, byte]) => {
          const changed = Buffer.from(line)
          changed[at] = byte
          return changed
        })
      }),
    )
    fc.assert(
      fc.property(hostile, (each) => {
        for (const parse of [parseFreezeRecord, parseChannelPointer])
          try {
            parse(each, 'frozen/x.json')
          } catch (error) {
            expect(error).toBeInstanceOf(GachetteError)
            expect((error as Error).message).toContain('frozen/x.json')
          }
      }),
    )
  })

  test('only the one form is read that is written: no two readers can differ', () => {
    const line = freezeRecord({
      domain: 'main',
      stack: '1.0.0',
      digest: 'a'.repeat(64),
      generation: 'g',
      count: 1,
      when: '2026-11-20T12:00:00Z',
      who: 'ann',
      why: null,
    })
    const refused = (change: (text: string) => string) =>
      expect(() => parseFreezeRecord(bytes(change(line)), 'f')).toThrow('f')
    refused((text) => text.replace('{"v"', '{ "v"'))
    refused((text) => text.replace('"stack":"1.0.0"', '"stack":"6.6.6","stack":"1.0.0"'))
    refused((text) => text.replace('1.0.0', '\\u0031.0.0'))
    refused((text) => text.replace('"count":1', '"count":1e0'))
    refused((text) => text.trimEnd())
    refused((text) => `${text}\n`)
    refused((text) => `\ufeff${text}`)
    refused((text) => text.replace('"1.0.0"', '"../../etc"'))
    refused((text) => text.replace('"1.0.0"', '"a\\u0000b"'))
    refused((text) => text.replace('2026-11-20T', '2026-13-40T'))
    refused((text) => text.replace('"v":1', '"v":2'))
    expect(() => parseFreezeRecord(bytes(line.replace('"v":1', '"v":2')), 'f')).toThrow('newer gachette')
    expect(() =>
      parseFreezeRecord(Buffer.concat([bytes(line.slice(0, -1)), Buffer.from([0xff, 0x0a])]), 'f'),
    ).toThrow()
  })
})

describe('a manifest', () => {
  const sum = 'b'.repeat(64)
  const pin = (of: string, version = '1') =>
    `{"name":"${of}","version":"${version}","architecture":"all","sha256":"${sum}","file":"${of}.deb","size":1,"pinnedAt":"t","pinnedBy":"\\"name\\":"}`
  const manifest = (...lines: readonly string[]) => {
    const packages = lines.map((line) => JSON.parse(line))
    const head = `{"v":1,"generation":"g","parent":null,"digest":"${digestOf(packages)}","count":${lines.length},"verb":"add","when":"t","who":"w","why":null,"packages":[`
    return [head, ...lines.map((line, at) => (at < lines.length - 1 ? `${line},` : line)), ']}', ''].join(
      '\n',
    )
  }

  test('is read where its lines make its digest', () => {
    expect(readManifest(manifest(pin('a'), pin('b')), 'm').packages.map((each) => each.name)).toEqual([
      'a',
      'b',
    ])
    expect(readManifest(manifest(), 'm').packages).toEqual([])
  })

  test('with other lines, another order, doubled keys or a cut end is refused', () => {
    const whole = manifest(pin('a'), pin('b'))
    const refused = (change: string) =>
      expect(() => readManifest(change, 'm')).toThrow(/^m (was changed|is cut)/)
    refused(whole.replace('"version":"1"', '"version":"2"'))
    refused(manifest(pin('b'), pin('a')))
    refused(manifest(pin('a'), pin('a')))
    refused(whole.replace(']}\n', ''))
    refused(whole.replace('"size":1,', '"size":1,"version":"6",'))
    refused(whole.replace('"name":"a"', '"name": "a"'))
    refused(whole.replace(`${pin('a')},\n`, ''))
    // Two packages in one line that make the lines of the digest of others.
    refused(
      manifest(
        `{"name":"a 1 all ${sum}\\nb","version":"1","architecture":"all","sha256":"${sum}","file":"b.deb","size":1,"pinnedAt":"t"}`,
      ),
    )
  })
})

describe('names', () => {
  test('ranges are told from names, and hostile ones are refused', () => {
    expect(asked('latest')).toEqual({ type: 'range', range: '*' })
    expect(asked('^1.2')).toEqual({ type: 'range', range: '^1.2' })
    expect(asked('1.x')).toEqual({ type: 'range', range: '1.x', name: '1.x' })
    expect(asked('1.2.0')).toEqual({ type: 'name', name: '1.2.0' })
    for (const bad of ['../x', '', '-x', 'a b', '^', '~x', 'a\n', '.git']) expect(() => asked(bad)).toThrow()
  })

  test('a range is never a stack outside of it, nor one that is not frozen', async () => {
    const version = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-rc.1'))
      .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`)
    await fc.assert(
      fc.asyncProperty(fc.array(version), fc.nat(3), async (frozen, major) => {
        const found = await pick({ type: 'range', range: `^${major}.1` }, frozen).catch(() => undefined)
        if (found === undefined) return
        expect(frozen).toContain(found)
        expect(found).toMatch(major === 0 ? /^0\.1\.\d$/ : new RegExp(`^${major}\\.[1-3]\\.\\d$`))
      }),
    )
  })
})

describe('keys and signatures', () => {
  const key = (seed: number) => wire('ssh-ed25519', Buffer.alloc(32, seed))
  const line = (seed: number) => `ssh-ed25519 ${key(seed).toString('base64')}`

  test('any bytes are a key, or none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (each) => void parseSshKey(each)))
    fc.assert(
      fc.property(
        fc.nat(60),
        (end) => end >= key(1).length || parseSshKey(key(1).subarray(0, end)) === undefined,
      ),
    )
    expect(parseSshKey(Buffer.concat([key(1), Buffer.from('x')]))).toBeUndefined()
    expect(parsePublicLine(`ssh-rsa ${key(1).toString('base64')}`)).toBeUndefined()
    expect(parseSshKey(wire('__proto__', 'x'))).toBeUndefined()
  })

  test('any text is a signature, or none', () => {
    const armored = (raw: Uint8Array) =>
      `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(raw).toString('base64')}\n-----END SSH SIGNATURE-----\n`
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (each) => void parseSshSignature(bytes(armored(each)))),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (each) => parseSshSignature(each) === undefined))
    const version = Buffer.from([0, 0, 0, 1])
    const whole = Buffer.concat([
      bytes('SSHSIG'),
      version,
      wire(key(1), 'gachette-stack', '', 'sha512', 'sig'),
    ])
    expect(parseSshSignature(bytes(armored(whole)))).toMatchObject({ namespace: 'gachette-stack' })
    expect(parseSshSignature(bytes(armored(whole.subarray(0, -1))))).toBeUndefined()
  })

  test('allowed signers: options, quotes, comments, and lines that are none', () => {
    const file = [
      '# people',
      '',
      `"ann@desk,bob at home" ${line(1)} comment`,
      `*@desk cert-authority,namespaces="git,gachette-*",valid-before="20301231" ${line(2)}`,
      `  jo@desk valid-after="20200101Z",namespaces="a b" ${line(3)}\r`,
      `eve@desk unknown-option ${line(4)}`,
      `eve@desk ssh-ed25519 !!!`,
      'eve@desk',
      `${line(5)}`,
    ].join('\n')
    expect(parseAllowedSigners(file).map(({ key: _, ...rest }) => rest)).toEqual([
      { principals: ['ann@desk', 'bob at home'], isAuthority: false },
      {
        principals: ['*@desk'],
        isAuthority: true,
        namespaces: ['git', 'gachette-*'],
        validBefore: '20301231',
      },
      { principals: ['jo@desk'], isAuthority: false, namespaces: ['a b'], validAfter: '20200101Z' },
    ])
    const [first] = parseAllowedSigners(file)
    const one = parsePublicLine(line(1))
    expect(first && one && names(first, one)).toBe(true)
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (each) => void parseAllowedSigners(each)))
  })

  test('as many signers as keys and names allow, and never more', () => {
    const seals = fc.array(
      fc.record({
        fingerprint: fc.constantFrom('k1', 'k2', 'k3', 'k4'),
        principals: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')),
      }),
    )
    const most = (keys: readonly (readonly string[])[], taken: readonly string[] = []): number => {
      const [first, ...rest] = keys
      if (first === undefined) return 0
      const with_ = first
        .filter((each) => !taken.includes(each))
        .map((each) => 1 + most(rest, [...taken, each]))
      return Math.max(most(rest, taken), ...with_)
    }
    fc.assert(
      fc.property(seals, (each) => {
        const keys = new Map<string, Set<string>>()
        for (const { fingerprint, principals } of each)
          keys.set(fingerprint, new Set([...(keys.get(fingerprint) ?? []), ...principals]))
        const signers = signersOf(each)
        expect(new Set(signers).size).toBe(signers.length)
        expect(signers.length).toBe(most([...keys.values()].map((each) => [...each])))
      }),
    )
  })
})
