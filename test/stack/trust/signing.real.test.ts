import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freezeByHand, promoteByHand } from '../../support/frozen-store.ts'
import { describeWith } from '../../support/needs.ts'
import { compileProgram, type Program } from '../../support/program.ts'
import { allow, makeKey, startAgent } from '../../support/signers.ts'
import { storeFolder } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

describeWith(
  ['dpkg-deb', 'flock', 'ssh-keygen', 'ssh-agent', 'ssh-add'],
  'a stack is signed by those who freeze it',
  () => {
    let program: Program
    beforeAll(() => {
      program = compileProgram()
    })
    afterAll(() => program.remove())

    /** A project with a store on this machine, and two people, each at a desk with an agent. */
    async function twoPeople(settings: readonly string[] = ['signatures_needed: 2']) {
      const dir = storeFolder()
      const meta = join(dir, 'meta')
      const [ann, bob] = [makeKey(join(dir, 'a'), 'ann'), makeKey(join(dir, 'b'), 'bob', 'ecdsa')]
      allow(dir, ['ann@desk', ann], ['bob@desk', bob])
      mkdirSync(join(dir, '.git'))
      writeFileSync(
        join(dir, '.gachetterc'),
        ['hosts: [local]', `meta_path: ${meta}`, 'allowed_signers: ./allowed_signers', ...settings, ''].join(
          '\n',
        ),
      )
      const agents = {
        ann: await startAgent(join(dir, 'a'), ann.file),
        bob: await startAgent(join(dir, 'b'), bob.file),
      }
      const as =
        (who: 'ann' | 'bob') =>
        async (...argv: readonly string[]) => {
          const env = { SSH_AUTH_SOCK: agents[who].SSH_AUTH_SOCK ?? '', XDG_STATE_HOME: join(dir, who) }
          return program.start(argv, { cwd: dir, env }).ended
        }
      const asAnn = as('ann')
      const deb = tinyDeb(dir, 'app', '1')
      expect(await asAnn('stack', 'create', '1.0.0')).toMatchObject({ exitCode: 0 })
      const added = await asAnn('stack', 'add', '1.0.0', 'app', '1', deb.fileName, '--debs-path', dir)
      expect(added).toMatchObject({ exitCode: 0 })
      return { dir, meta, ann, bob, asAnn, asBob: as('bob'), deb }
    }

    test('two of two sign a stack and a channel, and verify wants both', async () => {
      const { meta, asAnn, asBob, deb } = await twoPeople()
      const lines = async (answer: Promise<{ exitCode: number | null; stdout: string; stderr: string }>) => {
        const { exitCode, stdout, stderr } = await answer
        return `${exitCode}\n${stdout}${stderr}`
      }
      expect(await lines(asAnn('stack', 'freeze', '1.0.0', '--sign'))).toContain(
        '1 of 2 signatures (ann@desk)',
      )
      expect(await lines(asAnn('stack', 'verify'))).toMatch(
        /^1\n[\s\S]*one thing does not hold:\n[\s\S]*\.gachette\/frozen\/main\/1\.0\.0\.json stack 1\.0\.0 has 1 of 2 signatures \(ann@desk\)\n[\s\S]*gachette stack freeze 1\.0\.0 --sign/,
      )
      expect(await lines(asBob('stack', 'freeze', '1.0.0', '--sign'))).toMatch(
        /^0\n[\s\S]*a signature is new\n[\s\S]*2 of 2 signatures \(ann@desk, bob@desk\)/,
      )
      expect(readdirSync(join(meta, '.gachette/frozen/main/1.0.0.sigs'))).toHaveLength(2)
      expect(await lines(asBob('stack', 'promote', '1.0.0', 'production', '--sign'))).toContain(
        '1 of 2 signatures (bob@desk)',
      )
      expect(await lines(asAnn('stack', 'promote', '1.0.0', 'production', '--sign'))).toContain(
        '2 of 2 signatures (ann@desk, bob@desk)',
      )
      const verified = await asBob('--json', 'stack', 'verify')
      expect(verified).toMatchObject({ exitCode: 0 })
      expect(JSON.parse(verified.stdout)).toMatchObject({
        v: 1,
        stacks: [{ name: '1.0.0', frozen: true, signers: ['ann@desk', 'bob@desk'] }],
        channels: [{ name: 'production', number: 1, stack: '1.0.0', signers: ['ann@desk', 'bob@desk'] }],
        problems: [],
      })
      // A package that is not what was signed.
      writeFileSync(
        join(meta, 'debs', deb.fileName),
        readFileSync(deb.path, 'latin1').replace('content', 'CONTENT'),
      )
      const refused = await asBob('--json', 'stack', 'verify', 'production')
      expect(refused).toMatchObject({ exitCode: 1 })
      expect(JSON.parse(refused.stdout)).toMatchObject({
        problems: [{ file: `debs/${deb.fileName}`, stacks: ['1.0.0'] }],
      })
      expect(refused.stderr).toContain(`debs/${deb.fileName} was changed: its sha256 is`)
    })

    test('what the store shows is held against the stack before it is signed', async () => {
      const { meta, asAnn } = await twoPeople(['signatures_needed: 1'])
      const { digest } = JSON.parse((await asAnn('--json', 'stack', 'show', '1.0.0')).stdout)
      const [generation = ''] = readdirSync(join(meta, '.gachette/gen/main')).sort().slice(-1)
      const frozen = join(meta, '.gachette/frozen/main')
      // Somebody wrote a record of another stack, to have it signed.
      const forged = freezeByHand(meta, { name: '1.0.0', generation, digest, count: 1 }, { stack: '6.6.6' })
      expect(await asAnn('stack', 'freeze', '1.0.0', '--sign')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/is the record of stack 6\.6\.6|says stack 6\.6\.6/),
      })
      freezeByHand(meta, { name: '1.0.0', generation, digest: '6'.repeat(64), count: 1 })
      expect(await asAnn('stack', 'freeze', '1.0.0', '--sign')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('stack 1.0.0 was changed after it was frozen'),
      })
      expect(readdirSync(frozen)).toEqual(['1.0.0.json'])
      rmSync(forged.file)
      expect(await asAnn('stack', 'freeze', '1.0.0', '--sign')).toMatchObject({ exitCode: 0 })
      expect(await asAnn('stack', 'promote', '1.0.0', 'production', '--sign')).toMatchObject({ exitCode: 0 })
      // An older state of the channel: its next number was signed before.
      rmSync(join(meta, '.gachette/channels/main/production'), { recursive: true })
      promoteByHand(meta, { name: '1.0.0', digest: '5'.repeat(64) }, 'production', 1)
      expect(await asAnn('stack', 'verify')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('00000001.json'),
      })
    })

    test('without a key nothing is frozen, and it is said what to do', async () => {
      const { meta, asAnn, bob } = await twoPeople(['signing_key: ./b/bob.pub'])
      expect(await asAnn('stack', 'freeze', '1.0.0')).toMatchObject({ exitCode: 0 })
      expect(readdirSync(join(meta, '.gachette/frozen/main/1.0.0.sigs'))).toHaveLength(1)
      rmSync(bob.file)
      expect(await asAnn('stack', 'promote', '1.0.0', 'production')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('ssh-keygen could not sign with'),
      })
      expect(readdirSync(join(meta, 'domain/main/stacks')).sort()).toEqual(['1.0.0', 'latest'])
    })
  },
)
