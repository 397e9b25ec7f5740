import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bench, bench, buildRepository, filesOf, textRepository } from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

describeWith(['git', 'dpkg-deb'], 'a build machine whose tools take options only in front', () => {
  let at: Bench
  beforeAll(() => {
    at = bench({ ...process.env, POSIXLY_CORRECT: '1' })
  })
  afterAll(() => at.remove())

  test('makes every kind of package but environments, modes and all', async () => {
    const files = {
      '.missile.yml': `name: app
type: application
build_assets: ["chmod 0555 sub", "mkdir -m 0500 made"]
exclude_folders: [old]
extra_files: [{name: x, type: binary, template: t}]
services: [{name: s, binary_name: x}]
static_files: [{name: st, folders: [{path: sub, includes: "*.txt"}]}]`,
      t: 'x',
      'run*': '',
      'old/a': '',
      'sub/a.txt': 'a',
    }
    const repository = textRepository(at, files)
    const kept = at.path('work/working_copy/project/.git/gachette-kept')
    for (let time = 0; time < 2; time++) {
      const built = await buildRepository(at, repository)
      expect(built.map(({ name }) => name)).toEqual(['dh-s', 'dh-app', 'dh-st'])
      expect(filesOf(built[1]?.path ?? '').map(({ mode, path }) => `${mode} ${path}`)).toContain(
        '0755 /opt/trebuchet/app/code/run',
      )
      // It was mended, not made anew.
      expect(existsSync(kept)).toBe(time > 0)
      writeFileSync(kept, '')
      // Somebody's modes in the working copy are not those of the commit.
      chmodSync(at.path('work/working_copy/project/sub'), 0o777)
      chmodSync(at.path('work/working_copy/project/run'), 0o700)
      chmodSync(at.path('work/working_copy/project/sub/a.txt'), 0o600)
    }
    expect(at.remote.said.join('\n')).not.toContain('cannot access')
  })
})
