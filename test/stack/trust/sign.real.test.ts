import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sign, verifySignatures } from '../../../src/stack/trust/index.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { allow, certify, makeKey, signWith, startAgent } from '../../support/signers.ts'
import { storeFolder } from '../../support/store-folder.ts'

const namespace = 'gachette-stack'
const bytes = Buffer.from('{"v":1}\n')
const noAgent = { ...process.env, SSH_AUTH_SOCK: '/nonexistent/agent' }

/** Whose signature it is, by the allowed signers; or what is wrong with it. */
async function judged(
  allowedSigners: string,
  signed: Uint8Array,
  ...signatures: readonly (string | Uint8Array)[]
) {
  const verdict = await verifySignatures(localRemote(noAgent), signed, {
    signatures: signatures.map((each, at) => ({ file: `${at}.sig`, bytes: Buffer.from(each as string) })),
    namespace,
    allowedSigners,
  })
  return [...verdict.signers, ...verdict.bad.map(({ file, what }) => `${file}: ${what}`)]
}

describeWith(['ssh-keygen', 'ssh-agent', 'ssh-add'], 'signatures', () => {
  test.each(['ed25519', 'rsa', 'ecdsa'])(
    'a key of type %s signs from the agent, and is believed',
    async (type) => {
      const dir = storeFolder()
      const key = makeKey(dir, 'ann', type)
      const allowedSigners = allow(dir, ['ann@desk', key])
      const local = localRemote(await startAgent(dir, key.file))
      const made = await sign(local, bytes, { namespace, allowedSigners })
      expect(made).toMatchObject({ fingerprint: key.fingerprint, signers: ['ann@desk'] })
      expect(await judged(allowedSigners, bytes, made.text)).toEqual(['ann@desk'])
      // ssh-keygen, called by hand, says the same.
      writeFileSync(join(dir, 'sig'), made.text)
      const args = [
        '-Y',
        'verify',
        '-f',
        allowedSigners,
        '-I',
        'ann@desk',
        '-n',
        namespace,
        '-s',
        join(dir, 'sig'),
      ]
      expect(execFileSync('ssh-keygen', args, { input: bytes, encoding: 'utf8' })).toContain(
        'Good "gachette-stack"',
      )
    },
  )

  test('a certified key signs for whom its certificate names, in the agent and as a file', async () => {
    const dir = storeFolder()
    const [authority, key, other] = [makeKey(dir, 'ca'), makeKey(dir, 'ann'), makeKey(dir, 'other-ca')]
    const certificate = certify(authority, key, 'ann@desk,ops@desk')
    const allowedSigners = allow(dir, ['*@desk cert-authority,namespaces="gachette-*"', authority])
    const fromAgent = await sign(localRemote(await startAgent(dir, key.file)), bytes, {
      namespace,
      allowedSigners,
    })
    expect(fromAgent).toMatchObject({ fingerprint: key.fingerprint, signers: ['ann@desk'] })
    const fromFile = await sign(localRemote(noAgent), bytes, {
      namespace,
      signingKey: certificate,
      allowedSigners,
    })
    // One key, with two names and two signatures: one signer.
    expect(await judged(allowedSigners, bytes, fromAgent.text, fromFile.text)).toEqual(['ann@desk'])
    const others = allow(dir, ['*@desk cert-authority', other])
    expect(await judged(others, bytes, fromFile.text)).toEqual([
      `0.sig: its key ${key.fingerprint} is none of the allowed signers`,
    ])
    const expired = certify(authority, key, 'ann@desk', ['-V', '20200101:20200102'])
    allow(dir, ['*@desk cert-authority', authority])
    expect(await judged(others, bytes, signWith(expired, namespace, bytes))).toEqual([
      `0.sig: its key ${key.fingerprint} (*@desk) is not valid now`,
    ])
  })

  test('what ssh-keygen does not believe counts for nothing, and is named', async () => {
    const dir = storeFolder()
    const [ann, eve] = [makeKey(dir, 'ann'), makeKey(dir, 'eve')]
    const allowedSigners = allow(dir, ['ann@desk', ann])
    const good = signWith(ann.file, namespace, bytes)
    const rejected = async (signature: string | Uint8Array) =>
      (await judged(allowedSigners, bytes, signature))[0]
    expect(await judged(allowedSigners, Buffer.from('{"v":2}\n'), good)).toEqual([
      `0.sig: it is not the signature of these bytes (key ${ann.fingerprint}, ann@desk)`,
    ])
    expect(await rejected(signWith(eve.file, namespace, bytes))).toBe(
      `0.sig: its key ${eve.fingerprint} is none of the allowed signers`,
    )
    expect(await rejected(signWith(ann.file, 'gachette-channel', bytes))).toBe(
      '0.sig: it was made for gachette-channel, not for gachette-stack',
    )
    for (const cut of [good.slice(0, 100), good.slice(0, -60), `${good}x`, '', 'hello'])
      expect(await rejected(cut)).toBe('0.sig: it is no SSH signature, or is cut')
    // The namespace inside, changed, is not what was signed.
    const renamed = Buffer.from(
      signWith(ann.file, 'gachette-stocks', bytes).split('\n').slice(1, -2).join(''),
      'base64',
    )
    const armored = (raw: Uint8Array) =>
      `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(raw).toString('base64')}\n-----END SSH SIGNATURE-----\n`
    const forged = Buffer.from(
      renamed.toString('latin1').replace('gachette-stocks', 'gachette-stack\0'),
      'latin1',
    )
    expect(await rejected(armored(forged))).toMatch(/^0\.sig: it was made for gachette-stack\0/)
  })

  test('validity and namespaces of the allowed signers are what ssh-keygen makes of them, now', async () => {
    const dir = storeFolder()
    const ann = makeKey(dir, 'ann')
    const good = signWith(ann.file, namespace, bytes)
    const holds = (options: string) => judged(allow(dir, [`ann@desk ${options}`, ann]), bytes, good)
    expect(await holds('valid-after="20200101",valid-before="29991231Z"')).toEqual(['ann@desk'])
    expect(await holds('namespaces="git,gachette-*"')).toEqual(['ann@desk'])
    const late = `0.sig: its key ${ann.fingerprint} (ann@desk) is not valid now`
    expect(await holds('valid-before="20200101"')).toEqual([late])
    expect(await holds('valid-after="29990101"')).toEqual([late])
    expect(await holds('namespaces="git,file"')).toEqual([
      `0.sig: its key ${ann.fingerprint} (ann@desk) may not sign gachette-stack`,
    ])
    await expect(judged(join(dir, 'absent'), bytes, good)).rejects.toThrow(
      'absent (allowed_signers) is not there, or cannot be read',
    )
  })

  test('no more than a hundred are judged, however many there are', async () => {
    const dir = storeFolder()
    const [ann, eve] = [makeKey(dir, 'ann'), makeKey(dir, 'eve')]
    const [own, strange] = [ann, eve].map(({ file }) => signWith(file, namespace, bytes))
    const many = [...Array(99).fill(strange), own, own] as string[]
    const said = await judged(allow(dir, ['ann@desk', ann]), bytes, ...many)
    expect(said.filter((line) => !line.endsWith('is none of the allowed signers'))).toEqual([
      'ann@desk',
      '100.sig: it is one of more than 100',
    ])
  })

  test('k of n counts people, and keys: neither twice', async () => {
    const dir = storeFolder()
    const [one, two, three] = [makeKey(dir, 'one'), makeKey(dir, 'two'), makeKey(dir, 'three')]
    const by = (...keys: readonly { readonly file: string }[]) =>
      keys.map(({ file }) => signWith(file, namespace, bytes))
    // ann has two keys; key three stands under two names.
    const allowed = allow(dir, ['ann@desk', one], ['ann@desk', two], ['bob@desk,bob@home', three])
    expect(await judged(allowed, bytes, ...by(one, one))).toEqual(['ann@desk'])
    expect(await judged(allowed, bytes, ...by(one, two))).toEqual(['ann@desk'])
    expect(await judged(allowed, bytes, ...by(three))).toEqual(['bob@desk'])
    expect(await judged(allowed, bytes, ...by(three, two, one))).toEqual(['ann@desk', 'bob@desk'])
    // A bad one beside them takes nothing away.
    const [first = ''] = by(one)
    expect(await judged(allowed, bytes, first, ...by(three), 'no signature')).toEqual([
      'ann@desk',
      'bob@desk',
      '2.sig: it is no SSH signature, or is cut',
    ])
  })

  test('the key to sign with is the one that is named, or the only one that is believed', async () => {
    const dir = storeFolder()
    const [ann, bob, off] = [makeKey(dir, 'ann'), makeKey(dir, 'bob'), makeKey(dir, 'off')]
    const local = localRemote(await startAgent(dir, ann.file, bob.file))
    const by = async (options: { signingKey?: string; allowedSigners?: string }) =>
      (await sign(local, bytes, { namespace, ...options })).fingerprint
    const both = allow(dir, ['ann@desk', ann], ['bob@desk', bob])
    expect(await by({ signingKey: bob.fingerprint })).toBe(bob.fingerprint)
    expect(await by({ signingKey: ann.publicFile })).toBe(ann.fingerprint)
    expect(await by({ signingKey: off.file })).toBe(off.fingerprint)
    const failing = async (options: { signingKey?: string; allowedSigners?: string }) =>
      by(options).then(String, ({ message, hint }) => `${message}\n${hint}`)
    for (const options of [{}, { allowedSigners: both }])
      expect(await failing(options)).toBe(
        `several keys of the ssh agent could sign\nset  signing_key  to one of\n${ann.fingerprint}  ann\n${bob.fingerprint}  bob`,
      )
    expect(await failing({ signingKey: off.fingerprint })).toContain(
      `the ssh agent has no key ${off.fingerprint} (signing_key)`,
    )
    expect(await failing({ signingKey: join(dir, 'none.pub') })).toContain(
      'none.pub (signing_key) is not there',
    )
    const onlyBob = allow(dir, ['bob@desk', bob])
    expect(await by({ allowedSigners: onlyBob })).toBe(bob.fingerprint)
    expect(await failing({ allowedSigners: onlyBob, signingKey: ann.fingerprint })).toContain(
      `the signature of ${ann.fingerprint} would not count: its key ${ann.fingerprint} is none of the allowed signers`,
    )
    const onlyOff = allow(dir, ['off@desk', off])
    expect(await failing({ allowedSigners: onlyOff })).toContain(
      'the allowed signers name no key of the ssh agent',
    )
  })

  test('no agent, no key, no consent, no secret half: each says what to do', async () => {
    const dir = storeFolder()
    const ann = makeKey(join(dir, 'ann'), 'ann')
    const locked = makeKey(dir, 'locked', 'ed25519', 'a secret')
    const failing = async (env: NodeJS.ProcessEnv, signingKey?: string) =>
      sign(localRemote(env), bytes, { namespace, ...(signingKey && { signingKey }) }).then(
        () => 'signed',
        ({ message, hint }) => `${message}\n${hint}`,
      )
    expect(await failing(noAgent)).toContain(
      'there is no ssh agent to sign with\nstart one, with a key in it:',
    )
    const agent = await startAgent(dir)
    expect(await failing(agent)).toBe(
      'the ssh agent has no key to sign with\nput one there:  ssh-add ~/.ssh/id_ed25519',
    )
    expect(await failing(noAgent, locked.file)).toContain(
      `ssh-keygen could not sign with ${locked.file}\nit has a passphrase`,
    )
    // Nobody is there whom the agent could ask.
    const strict = await startAgent(join(dir, 'ann'))
    execFileSync('ssh-add', ['-q', '-c', ann.file], { env: strict, stdio: 'pipe' })
    expect(await failing(strict)).toBe(
      `the ssh agent has key ${ann.fingerprint}, and refused to sign with it\nwas it to be confirmed (ssh-add -c), or is the agent locked? repeat it and confirm`,
    )
  })

  test('an ssh-keygen that is too old is named', async () => {
    const dir = storeFolder()
    const ann = makeKey(dir, 'ann')
    const bin = join(dir, 'bin')
    mkdirSync(bin)
    const script = (name: string, text: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    script('ssh-keygen', 'echo "unknown option -- Y" >&2; exit 1')
    script('ssh', 'echo "OpenSSH_7.9p1 Debian-10+deb10u2, OpenSSL 1.1.1d" >&2')
    const old = localRemote({ ...noAgent, PATH: `${bin}:${process.env.PATH}` })
    const message = 'ssh-keygen of OpenSSH 7.9 on this machine knows no signatures'
    await expect(sign(old, bytes, { namespace, signingKey: ann.file })).rejects.toThrow(message)
    const signatures = [{ file: 'a', bytes: Buffer.from(signWith(ann.file, namespace, bytes)) }]
    const allowedSigners = allow(dir, ['ann@desk', ann])
    await expect(verifySignatures(old, bytes, { signatures, namespace, allowedSigners })).rejects.toThrow(
      message,
    )
  })

  test('nothing is left behind, and no message is needed', async () => {
    const dir = storeFolder()
    const ann = makeKey(dir, 'ann')
    const temporary = join(dir, 'tmp')
    mkdirSync(temporary)
    const local = localRemote({ ...noAgent, TMPDIR: temporary, LANG: 'de_DE.UTF-8' })
    const allowedSigners = allow(dir, ['ann@desk', ann])
    const made = await sign(local, bytes, { namespace, signingKey: ann.file, allowedSigners })
    expect(made.signers).toEqual(['ann@desk'])
    expect(execFileSync('ls', ['-A', temporary], { encoding: 'utf8' })).toBe('')
    expect(readFileSync(allowedSigners, 'utf8')).toContain('ann@desk')
  })
})
