import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { compileProgram, type Program } from '../support/program.ts'
import { readAsIn2013, storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

describeWith(['dpkg-deb', 'flock'], 'edits of stacks, as typed', () => {
  let program: Program
  beforeAll(() => {
    program = compileProgram()
  })
  afterAll(() => program.remove())

  test('from a first stack to a channel, and what is refused on the way', { timeout: 180_000 }, async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    mkdirSync(join(metaPath, 'debs'), { recursive: true })
    writeFileSync(join(dir, '.gachetterc'), `hosts: [local]\nmeta_path: ${metaPath}\n`)
    const debs = join(metaPath, 'debs')
    const [app, env] = [
      tinyDeb(debs, 'app', '1'),
      tinyDeb(debs, 'env', '1', { control: 'Depends: app (>= 1)\n' }),
    ]
    const gachette = async (line: string) => {
      const { exitCode, stdout, stderr } = await program.start(line.split(' '), { cwd: dir }).ended
      return { exitCode, said: stdout + stderr }
    }
    const done = async (line: string, says: string) => {
      const { exitCode, said } = await gachette(line)
      expect(said).toContain(says)
      expect(exitCode, said).toBe(0)
    }
    const refused = async (line: string, says: string, code = 1) => {
      const { exitCode, said } = await gachette(line)
      expect(said).toContain(says)
      expect(exitCode, said).toBe(code)
    }
    await done('stack create 1.0.0', 'made stack 1.0.0')
    await done(`stack add 1.0.0 app 1 ${app.fileName}`, 'app 1 pinned in stack 1.0.0')
    await done(`stack add 1.0.0 env 1 ${env.fileName}`, 'env 1 pinned')
    await done('stack clone 1.0.0 1.1.0', 'made stack 1.1.0 as a clone of 1.0.0')
    await done('stack remove 1.1.0 app', 'app 1 is pinned no more in stack 1.1.0')
    await done('stack create --bump minor --from 1.1.0', 'made stack 1.2.0 as a clone of 1.1.0')
    await done('stack add 1.2.0 app 1', 'app 1 pinned in stack 1.2.0')
    await refused('stack add 1.2.0 ghost 1', 'ghost 1 is not registered')
    await refused('stack remove 1.2.0 app,env,ghost', 'ghost: not pinned in this stack')
    const { fileName } = tinyDeb(debs, 'app', '0.9')
    await done(`stack add 1.1.0 app 0.9 ${fileName}`, 'app 0.9 pinned')
    await refused('stack freeze 1.1.0', 'env 1 has Depends: app (>= 1), and app 0.9 is pinned')
    await done('stack freeze 1.1.0 --unchecked', 'latest is 1.1.0')
    await refused('stack promote 1.0.0 production', 'freeze it:  gachette')
    await done('stack freeze 1.0.0', 'stack 1.0.0 is frozen')
    await done('stack_promote:1.0.0,production', 'production leads to stack 1.0.0, by pointer 1')
    await done('stack promote 1.0.0 production', 'production leads to stack 1.0.0 already')
    await refused('stack remove 1.0.0 app', 'edit a clone:  gachette stack clone 1.0.0 NEW')
    await refused(
      `add_to_stack app 1 ${app.fileName} --stack 1.0.0`,
      'stack 1.0.0 is frozen: it stays as it is',
    )
    await done('stack clone latest 2.0.0', 'made stack 2.0.0 as a clone of 1.1.0, which latest leads to')
    await done('stack create 2.1.0 --from production', 'a clone of 1.0.0, which production leads to')
    await done('stack create 3.0.0', 'made stack 3.0.0')
    await refused('stack freeze 3.0.0', 'stack 3.0.0 has no packages')
    await refused('stack create production', 'production is the name of a channel')
    await refused('stack promote 1.0.0 latest', 'latest is no name for a channel', 2)
    writeFileSync(join(metaPath, 'stacks/1.2.0/packages/app/version'), '7\n')
    await refused('stack freeze 1.2.0', 'an old tool wrote through the link')
    await done('stack adopt 1.2.0 --restore', 'stack 1.2.0 is restored')
    await done('stack freeze 1.2.0 --why release', 'latest is 1.2.0')
    for (const name of ['1.0.0', '1.2.0', 'production', 'latest'])
      expect(readAsIn2013(metaPath, name), name).toEqual({ app: '1', env: '1' })
  })
})
