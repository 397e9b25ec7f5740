import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseStore } from '../../../src/stack/index.ts'
import { resolveStack, type TrustPolicy } from '../../../src/stack/trust/index.ts'
import { edit, freezeByHand, promoteByHand, stateIn } from '../../support/frozen-store.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { allow, makeKey, putSignature, signWith } from '../../support/signers.ts'
import { scene } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

/** A store with two frozen stacks, 1.0.0 and 1.1.0, both signed by ann; the channel is at 1.1.0, number 2. */
async function signedScene() {
  const { dir, metaPath, remote, open, stack } = scene()
  stateIn(join(dir, 'state'))
  const [ann, bob, eve] = [makeKey(dir, 'ann'), makeKey(dir, 'bob'), makeKey(dir, 'eve')]
  const allowedSigners = allow(dir, ['ann@desk', ann], ['bob@desk', bob])
  const signed = (record: ReturnType<typeof freezeByHand>, namespace: string, key = ann) => ({
    ...record,
    signature: putSignature(record.signatures, signWith(key.file, namespace, record.text)),
  })
  await stack.create()
  const one = { name: '1.0.0', ...(await stack.add([tinyDeb(dir, 'app', '1')])) }
  await open('1.1.0').create({ from: '1.0.0' })
  const two = { name: '1.1.0', ...(await open('1.1.0').add([tinyDeb(dir, 'app', '2')])) }
  const records = [one, two].map((each) => signed(freezeByHand(metaPath, each), 'gachette-stack'))
  const older = signed(promoteByHand(metaPath, one, 'production', 1), 'gachette-channel')
  const newer = signed(promoteByHand(metaPath, two, 'production', 2), 'gachette-channel')
  const store = parseStore({ metaPath })
  const resolve = async (name: string, policy: TrustPolicy = {}, now?: string) => {
    const asked = { store, name, policy: { allowedSigners, ...policy }, ...(now && { now: Date.parse(now) }) }
    return await resolveStack(remote, localRemote(), asked)
  }
  return {
    dir,
    metaPath,
    remote,
    ann,
    bob,
    eve,
    one,
    two,
    records,
    older,
    newer,
    signed,
    resolve,
    store,
    open,
  }
}

describeWith(['dpkg-deb', 'flock', 'ssh-keygen'], 'a stack is believed for its signatures', () => {
  test('by name, and through a channel; who signed is told', async () => {
    const { resolve } = await signedScene()
    expect(await resolve('1.0.0')).toMatchObject({ name: '1.0.0', signers: ['ann@desk'] })
    expect(await resolve('latest')).toMatchObject({ name: '1.1.0', signers: ['ann@desk'] })
    expect(await resolve('production')).toMatchObject({ name: '1.1.0', channel: { number: 2 } })
  })

  test('as many as are needed, and not by the same twice', async () => {
    const { ann, bob, eve, records, resolve, signed } = await signedScene()
    const [record] = records
    if (!record) throw new Error('no record')
    const both = { signaturesNeeded: 2 }
    await expect(resolve('1.0.0', both)).rejects.toThrow(
      'stack 1.0.0 has 1 of 2 signatures (ann@desk): .gachette/frozen/main/1.0.0.json',
    )
    signed(record, 'gachette-stack', ann)
    const { signature } = signed(record, 'gachette-stack', eve)
    await expect(resolve('1.0.0', both)).rejects.toThrow(
      [
        'stack 1.0.0 has 1 of 2 signatures (ann@desk): .gachette/frozen/main/1.0.0.json',
        `.gachette/frozen/main/1.0.0.sigs/${signature.split('/').at(-1)}: its key ${eve.fingerprint} is none of the allowed signers`,
      ].join('\n'),
    )
    signed(record, 'gachette-stack', bob)
    expect(await resolve('1.0.0', both)).toMatchObject({ signers: ['ann@desk', 'bob@desk'] })
  })

  test('a stack that is not frozen is not taken, whatever is said, where there are allowed signers', async () => {
    const { open, resolve } = await signedScene()
    await open('1.2.0').create({ from: '1.1.0' })
    await expect(resolve('1.2.0', { unfrozen: true })).rejects.toThrow(
      'stack 1.2.0 is not frozen, and allowed_signers is set',
    )
  })

  test('every change of what is signed is refused, and named', async () => {
    const { metaPath, records, newer, resolve, one, two, eve, signed } = await signedScene()
    const [, record] = records
    if (!record) throw new Error('no record')
    const frozen = '.gachette/frozen/main/1.1.0'
    const pointer = '.gachette/channels/main/production/00000002'
    const refused = async (name: string, message: string) => expect(resolve(name)).rejects.toThrow(message)
    const changed = async (file: string, change: (text: string) => string, name: string, message: string) => {
      const before = readFileSync(file)
      edit(file, change)
      await refused(name, message)
      writeFileSync(file, before)
    }
    const lack = (what: string, file: string, why: string) =>
      `${what} has 0 of 1 signatures: ${file}.json\n${file}.sigs/0000000000000000.sig: ${why}`
    const other = 'it is not the signature of these bytes'
    const number = 'number 2 of channel production (stack 1.1.0)'
    // Records.
    await changed(
      record.file,
      (text) => text.replace('ann@desk', 'eve@desk'),
      '1.1.0',
      lack('stack 1.1.0', frozen, other),
    )
    await changed(
      record.file,
      (text) => text.replace('"who"', '"x":1,"who"'),
      '1.1.0',
      lack('stack 1.1.0', frozen, other),
    )
    await changed(
      newer.file,
      (text) => text.replace('12:00:00', '13:00:00'),
      'production',
      lack(number, pointer, other),
    )
    await changed(
      newer.file,
      (text) => text.replace('"until":null', '"until":"2999-01-01T00:00:00Z"'),
      'production',
      lack(number, pointer, other),
    )
    await changed(
      record.file,
      (text) => text.replace('\n', ' \n'),
      '1.1.0',
      `${frozen}.json is no record of this store`,
    )
    await changed(
      record.file,
      (text) => text.replace('"v":1', '"v":1,"v":1'),
      '1.1.0',
      `${frozen}.json is no record of this store`,
    )
    // Signatures.
    const cut = 'it is no SSH signature, or is cut'
    await changed(record.signature, (text) => text.slice(0, -40), '1.1.0', lack('stack 1.1.0', frozen, cut))
    await changed(newer.signature, () => '', 'production', lack(number, pointer, cut))
    await changed(
      newer.signature,
      () => readFileSync(record.signature, 'utf8'),
      'production',
      lack(number, pointer, 'it was made for gachette-stack, not for gachette-channel'),
    )
    await changed(
      record.signature,
      () => signWith(eve.file, 'gachette-stack', record.text),
      '1.1.0',
      lack('stack 1.1.0', frozen, `its key ${eve.fingerprint} is none of the allowed signers`),
    )
    await changed(
      record.signature,
      () => readFileSync(records[0]?.signature ?? '', 'utf8'),
      '1.1.0',
      lack('stack 1.1.0', frozen, other),
    )
    // What is signed, of another stack.
    const manifest = join(metaPath, '.gachette/gen/main', two.generation, '.manifest.json')
    await changed(
      manifest,
      () => readFileSync(join(metaPath, '.gachette/gen/main', one.generation, '.manifest.json'), 'utf8'),
      'production',
      'is the manifest of generation',
    )
    // A pointer of eve's own.
    signed(promoteByHand(metaPath, one, 'production', 3), 'gachette-channel', eve)
    await refused('production', 'number 3 of channel production (stack 1.0.0) has 0 of 1 signatures')
    rmSync(join(metaPath, '.gachette/channels/main/production/00000003.json'))
    promoteByHand(metaPath, two, 'production', 2)
    await resolve('production')
  })

  test('an older pointer that is put back is refused with both numbers, and so is none at all', async () => {
    const { dir, metaPath, newer, one, older, resolve } = await signedScene()
    await resolve('production')
    rmSync(newer.file)
    promoteByHand(metaPath, one, 'production', 1)
    const seen = readdirSync(join(dir, 'state/gachette/channels'), { recursive: true, encoding: 'utf8' })
    expect(seen.filter((name) => /production\//.test(name)).map((name) => name.split('/').at(-1))).toEqual([
      '00000002.json',
    ])
    await expect(resolve('production')).rejects.toThrow(
      'channel production is at number 1 (stack 1.0.0), and this machine has seen number 2 (stack 1.1.0)',
    )
    // Signed twice by somebody who may: one number, two stacks.
    copyFileSync(older.file, newer.file)
    await expect(resolve('production')).rejects.toThrow('00000002.json is pointer number 1')
    rmSync(join(metaPath, '.gachette/channels/main/production'), { recursive: true })
    await expect(resolve('production')).rejects.toThrow(
      'production is no channel, and was one at number 2 (stack 1.1.0) when this machine saw it',
    )
  })

  test('a pointer that is not believed is not remembered', async () => {
    const { dir, metaPath, one, two, eve, signed, resolve, newer } = await signedScene()
    await resolve('production')
    const { file } = signed(promoteByHand(metaPath, one, 'production', 99_999_999), 'gachette-channel', eve)
    await expect(resolve('production')).rejects.toThrow('has 0 of 1 signatures')
    rmSync(file)
    promoteByHand(metaPath, two, 'production', 2)
    expect(readFileSync(newer.file, 'utf8')).toBe(newer.text)
    expect(await resolve('production')).toMatchObject({ channel: { number: 2 } })
    expect(dir).toBeTruthy()
  })

  test('a pointer holds until it says', async () => {
    const { metaPath, one, signed, resolve } = await signedScene()
    const until = '2026-12-01T00:00:00Z'
    signed(promoteByHand(metaPath, one, 'trial', 1, { until }), 'gachette-channel')
    expect(await resolve('trial', {}, '2026-11-30T23:59:59Z')).toMatchObject({ name: '1.0.0' })
    await expect(resolve('trial', {}, '2026-12-01T00:00:01Z')).rejects.toThrow(
      'number 1 of channel trial (stack 1.0.0) holds no more, since 2026-12-01T00:00:00Z',
    )
  })

  test('where nothing can be remembered, that is said, and the stack is found', async () => {
    const { dir, resolve, remote } = await signedScene()
    writeFileSync(join(dir, 'state'), '')
    expect(await resolve('production')).toMatchObject({ name: '1.1.0' })
    expect(remote.said.join('\n')).toContain('this machine cannot remember channels: ')
  })
})
