import { chmodSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  mustHold,
  type Problem,
  type VerifyOptions,
  verifiedText,
  verifyStacks,
} from '../../../src/stack/trust/index.ts'
import { edit, freezeByHand, promoteByHand, stateIn } from '../../support/frozen-store.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { allow, makeKey, putSignature, signWith } from '../../support/signers.ts'
import { scene } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

/** Two stacks that share app and app-conf; the first is frozen, signed and in production. */
async function builtScene() {
  const { dir, metaPath, remote, open, stack } = scene()
  stateIn(join(dir, 'state'))
  const ann = makeKey(dir, 'ann')
  const allowedSigners = allow(dir, ['ann@desk', ann])
  await stack.create()
  const debs = [tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'app-conf', '1')]
  const one = { name: '1.0.0', ...(await stack.add(debs)) }
  await open('1.1.0').create({ from: '1.0.0' })
  const two = { name: '1.1.0', ...(await open('1.1.0').add([tinyDeb(dir, 'other', '7')])) }
  const record = freezeByHand(metaPath, one)
  const signature = putSignature(record.signatures, signWith(ann.file, 'gachette-stack', record.text))
  symlinkSync('1.0.0', join(metaPath, 'domain/main/stacks/latest'))
  const pointer = promoteByHand(metaPath, one, 'production', 1)
  putSignature(pointer.signatures, signWith(ann.file, 'gachette-channel', pointer.text))
  const verify = (options: Omit<VerifyOptions, 'metaPath'> = {}) =>
    verifyStacks(remote, localRemote(), { metaPath, policy: { allowedSigners }, ...options })
  const problems = async (options: Omit<VerifyOptions, 'metaPath'> = {}) =>
    (await verify(options)).problems.map(({ file, what }) => `${file} ${what}`)
  const generation = (of: { generation: string }) => join(metaPath, '.gachette/gen/main', of.generation)
  return {
    dir,
    metaPath,
    remote,
    open,
    debs,
    one,
    two,
    record,
    signature,
    pointer,
    verify,
    problems,
    generation,
    ann,
  }
}

describeWith(['dpkg-deb', 'flock', 'ssh-keygen'], 'verify', () => {
  test('a store that holds is told: stacks, channels, signatures', async () => {
    const { one, two, verify, remote } = await builtScene()
    const verified = await verify()
    expect(verified).toEqual({
      v: 1,
      domain: 'main',
      stacks: [
        { name: '1.0.0', digest: one.digest, frozen: true, signers: ['ann@desk'] },
        { name: '1.1.0', digest: two.digest, frozen: false, signers: [] },
      ],
      channels: [{ name: 'production', number: 1, stack: '1.0.0', signers: ['ann@desk'] }],
      packages: 3,
      hashed: true,
      signaturesNeeded: 1,
      problems: [],
    })
    mustHold(verified)
    expect(() => mustHold({ ...verified, problems: [{ file: 'x', what: 'y' }] })).toThrow(
      'one thing does not hold:\nx y',
    )
    expect(verifiedText(verified)).toBe(
      [
        `1.0.0       ${one.digest.slice(0, 12)}    frozen    1 of 1 signature (ann@desk)`,
        `1.1.0       ${two.digest.slice(0, 12)}`,
        'production  leads to 1.0.0  number 1  1 of 1 signature (ann@desk)',
        'all holds: 2 stacks, 3 packages, their files read',
      ].join('\n'),
    )
    const before = remote.execs()
    expect(await verify({ name: 'production', quick: true })).toMatchObject({
      stacks: [{ name: '1.0.0' }],
      channels: [{ name: 'production' }],
      packages: 2,
      hashed: false,
      problems: [],
    })
    // Which stack, what lies there, the files, the exports.
    expect(remote.execs() - before).toBe(4)
    await expect(verify({ name: '9' })).rejects.toThrow('there is no stack 9')
  })

  test('without allowed signers no signature is asked for', async () => {
    const { record, verify } = await builtScene()
    rmSync(record.signatures, { recursive: true })
    expect(await verify({ policy: {} })).toMatchObject({ problems: [], signaturesNeeded: null })
    expect((await verify()).problems).toEqual([
      {
        file: '.gachette/frozen/main/1.0.0.json',
        what: 'stack 1.0.0 has 0 of 1 signatures',
        hint: expect.stringContaining('stack freeze 1.0.0 --sign'),
        stacks: ['1.0.0'],
      },
    ])
  })

  test('what an old tool wrote through a link is named, with all who share it and the line that adopts it', async () => {
    const { metaPath, verify } = await builtScene()
    writeFileSync(join(metaPath, 'stacks/1.1.0/packages/app/version'), '666\n')
    mkdirSync(join(metaPath, 'stacks/1.1.0/packages/new'))
    writeFileSync(join(metaPath, 'stacks/1.1.0/packages/new/version'), '1\n')
    rmSync(join(metaPath, 'stacks/1.1.0/packages/other'))
    expect((await verify()).problems).toEqual([
      {
        file: 'domain/main/stacks/1.1.0/packages/app/version',
        what: 'is "666", and the manifest has 1: an old tool wrote through the link; 1.0.0 shares it',
        hint: [
          `gachette stack adopt 1.1.0 --meta-path ${metaPath}  takes it into 1.1.0, and restores the others`,
          `gachette stack adopt 1.1.0 --restore --meta-path ${metaPath}  restores what the manifests say`,
        ].join('\n'),
        stacks: ['1.0.0', '1.1.0'],
        package: 'app',
      },
      ...['new', 'other'].map((name) => expect.objectContaining({ package: name, stacks: ['1.1.0'] })),
    ] satisfies unknown[] as Problem[])
  })

  test('every change of a file is refused, and names it', async () => {
    const { metaPath, one, two, debs, record, signature, pointer, problems, generation, ann, verify } =
      await builtScene()
    const manifest = join(generation(one), '.manifest.json')
    const gen = `.gachette/gen/main/${one.generation}`
    const frozen = '.gachette/frozen/main/1.0.0'
    const channel = '.gachette/channels/main/production/00000001'
    const sigOf = (path: string) => `${path}.sigs/0000000000000000.sig`
    const other = `it is not the signature of these bytes (key ${ann.fingerprint}, ann@desk)`
    const deb = join(metaPath, 'debs', debs[0]?.fileName ?? '')
    const zeros = '0'.repeat(64)
    const unfrozen = `${channel}.json is of stack 1.0.0, whose freeze record is not there`
    const found = async (file: string, change: (text: string) => string, expected: readonly unknown[]) => {
      const before = readFileSync(file)
      chmodSync(file, 0o644)
      edit(file, change)
      expect(await problems()).toEqual(expected)
      writeFileSync(file, before)
    }
    const said = (text: string) => expect.stringContaining(text)
    // A package.
    await found(deb, (text) => text.replace('content', 'CONTENT'), [
      said(`debs/app_1_all.deb was changed: its sha256 is `),
    ])
    await found(deb, (text) => text.slice(0, -1), [said('debs/app_1_all.deb has ')])
    await found(join(metaPath, 'packages/app/version/1/file'), () => 'app-conf_1_all.deb\n', [
      'packages/app/version/1 file names app-conf_1_all.deb, and app 1 is app_1_all.deb',
    ])
    await found(
      join(metaPath, 'packages/app/version/1/manifest.json'),
      (text) => text.replace(debs[0]?.sha256 ?? '?', zeros),
      [
        `packages/app/version/1 manifest.json says sha256 ${zeros}, and stacks that pin it say ${debs[0]?.sha256}`,
      ],
    )
    // The stack.
    await found(
      manifest,
      (text) => text.replace('"version":"1"', '"version":"2"'),
      expect.arrayContaining([
        said(`${gen}/.manifest.json was changed: its digest is ${one.digest}, and its packages make `),
      ]),
    )
    await found(
      manifest,
      (text) => text.replace(/\n\{"name":"app-conf".*\n/, '\n'),
      expect.arrayContaining([
        said(`${gen}/.manifest.json was changed: its digest is ${one.digest}, and its packages make `),
      ]),
    )
    await found(
      manifest,
      (text) => text.replace('"architecture":"all"', '"architecture": "all"'),
      expect.arrayContaining([
        `${gen}/.manifest.json was changed: its line 2 is no package, or out of order`,
      ]),
    )
    await found(
      manifest,
      (text) => text.replace(']}\n', ''),
      expect.arrayContaining([`${gen}/.manifest.json is cut: its last line is missing`]),
    )
    await found(join(generation(one), '.digest'), () => `${zeros}\n`, [
      `${gen}/.digest was changed: it is "${zeros}", and the packages make ${one.digest}`,
    ])
    // Records.
    await found(record.file, (text) => text.replace(one.digest, zeros), [
      `${frozen}.json is of stack 1.0.0 with digest ${zeros}, and that stack's is ${one.digest}`,
    ])
    await found(record.file, (text) => text.replace('ann@desk', 'eve@desk'), [
      `${sigOf(frozen)} does not count: ${other}`,
      `${frozen}.json stack 1.0.0 has 0 of 1 signatures`,
    ])
    await found(record.file, (text) => text.slice(0, 40), [said(`${frozen}.json is no record of this store`)])
    await found(record.file, () => 'x'.repeat(70_000), [
      unfrozen,
      `${frozen}.json is larger than any record`,
      `${frozen}.json is gone, and signatures of it are there`,
    ])
    await found(signature, (text) => text.slice(0, -50), [
      `${sigOf(frozen)} does not count: it is no SSH signature, or is cut`,
      `${frozen}.json stack 1.0.0 has 0 of 1 signatures`,
    ])
    await found(signature, () => signWith(ann.file, 'git', record.text), [
      `${sigOf(frozen)} does not count: it was made for git, not for gachette-stack`,
      `${frozen}.json stack 1.0.0 has 0 of 1 signatures`,
    ])
    await found(pointer.file, (text) => text.replace('12:00', '12:01'), [
      `${sigOf(channel)} does not count: ${other}`,
      `${channel}.json number 1 of channel production has 0 of 1 signatures`,
    ])
    await found(pointer.file, (text) => text.replace('"number":1', '"number":2'), [
      `${channel}.json is pointer number 2`,
    ])
    // Links.
    const links = join(metaPath, 'domain/main/stacks')
    const linked = async (name: string, target: string, expected: readonly unknown[]) => {
      const before = readlinkSync(join(links, name))
      rmSync(join(links, name))
      symlinkSync(target, join(links, name))
      expect(await problems()).toEqual(expected)
      rmSync(join(links, name))
      symlinkSync(before, join(links, name))
    }
    await linked('production', '1.1.0', [
      `${channel}.json domain/main/stacks/production leads to 1.1.0, and ${channel}.json to 1.0.0`,
    ])
    await linked('latest', '1.1.0', [
      'domain/main/stacks/latest leads to 1.1.0, and the highest frozen stack is 1.0.0',
    ])
    await linked('1.1.0', '/etc', [
      'domain/main/stacks/1.1.0 leads to /etc, which is no generation of this store',
    ])
    await linked('1.0.0', readlinkSync(join(links, '1.1.0')), [
      `${frozen}.json is of stack 1.0.0 with digest ${one.digest}, and that stack's is ${two.digest}`,
      `${channel}.json is of stack 1.0.0 with digest ${one.digest}, and that stack's is ${two.digest}`,
    ])
    symlinkSync('1.0.0', join(links, 'staging'))
    expect(await problems()).toEqual([
      "domain/main/stacks/staging leads to 1.0.0, and no channel's pointer does",
    ])
    rmSync(join(links, 'staging'))
    rmSync(record.file)
    expect(await problems()).toEqual([unfrozen, `${frozen}.json is gone, and signatures of it are there`])
    expect(await problems({ name: 'production' })).toContain(unfrozen)
    expect(await problems({ name: '1.0.0' })).toContain(unfrozen)
    writeFileSync(record.file, record.text)
    rmSync(deb)
    expect((await verify({ quick: true })).problems).toEqual([
      {
        file: 'debs/app_1_all.deb',
        what: 'is not there, and is app 1',
        package: 'app 1',
        deb: 'app_1_all.deb',
        stacks: ['1.0.0', '1.1.0'],
      },
    ])
  })

  test('a record that no longer names its stack is found also where only that stack is verified', async () => {
    const { record, pointer, problems } = await builtScene()
    const broken = async (name: string, file: string) => {
      const before = readFileSync(file)
      writeFileSync(file, '{"v":1}\n')
      expect(await problems({ name })).toContainEqual(
        expect.stringMatching(/json is no gachette-\w+ record$/),
      )
      writeFileSync(file, before)
    }
    await broken('1.0.0', record.file)
    await broken('production', record.file)
    await broken('production', pointer.file)
    await broken('1.0.0', pointer.file)
    expect(await problems({ name: '1.0.0' })).toEqual([])
  })

  test('an older pointer that was put back is found, by the number that this machine has seen', async () => {
    const { metaPath, one, ann, pointer, problems } = await builtScene()
    const newer = promoteByHand(metaPath, one, 'production', 2)
    putSignature(newer.signatures, signWith(ann.file, 'gachette-channel', newer.text))
    expect(await problems()).toEqual([])
    rmSync(newer.file)
    rmSync(newer.signatures, { recursive: true })
    expect(readFileSync(pointer.file, 'utf8')).toBe(pointer.text)
    expect(await problems()).toEqual([
      '.gachette/channels/main/production/00000001.json channel production is at number 1 (stack 1.0.0), and this machine has seen number 2 (stack 1.0.0)',
    ])
  })

  test('an empty META, and one of 2013, hold', async () => {
    const { dir, metaPath, remote } = scene()
    stateIn(join(dir, 'state'))
    expect(await verifyStacks(remote, localRemote(), { metaPath })).toMatchObject({
      stacks: [],
      problems: [],
    })
    mkdirSync(join(metaPath, 'domain/main/stacks/old/packages/app'), { recursive: true })
    writeFileSync(join(metaPath, 'domain/main/stacks/old/packages/app/version'), '1\n')
    expect(await verifyStacks(remote, localRemote(), { metaPath })).toMatchObject({
      stacks: [{ name: 'old', digest: null }],
      problems: [],
    })
  })
})
