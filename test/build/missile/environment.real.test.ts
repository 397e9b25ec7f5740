import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Bench,
  bench,
  buildRepository,
  FIXTURES,
  filesOf,
  textOf,
  textRepository,
} from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

const MISSILE = `name: app
type: application
environment:
  name: env
  type: python
  binary: python2.7
  requirements: [deploy/all.txt]
  post_environment: ["ln -s /etc/hostname outside; ln -s all.txt inside; ln -s $VIRTUAL_ENV/bin/python bin/absolute; echo x > all.txt", "python -c 'import tidetable'"]
build_assets: ["python -c 'import tidetable; print(tidetable.__file__)' > where", "tidetable > tide"]
`

describeWith(['git', 'dpkg-deb', '/usr/bin/python3'], 'a python environment', () => {
  let at: Bench
  let repository: string
  /** The list beside a package of what went into it. */
  const sbomOf = (deb: string) => readFileSync(join(dirname(deb), 'dh-env.sbom.json'), 'utf8')
  const build = (bench: Bench, repository: string) =>
    buildRepository(bench, repository, {
      request: { pipOptions: ['--no-index', '--find-links', at.path('index')] },
    })
  beforeAll(() => {
    at = bench()
    execFileSync('sh', [
      join(FIXTURES, 'recreate.sh'),
      '--stub-index',
      join(FIXTURES, 'stubs'),
      at.path('index'),
    ])
    repository = textRepository(at, {
      '.missile.yml': MISSILE,
      'a.txt': 'a',
      'deploy/all.txt': '-r more.txt\n',
      'deploy/more.txt': 'tidetable\n',
    })
  })
  afterAll(() => at.remove())

  test('has its final paths, what links point to instead of them, no compiled files, and is the same in any folder', async () => {
    const [env, app] = await build(at, repository)
    const deb = env?.path ?? ''
    const files = filesOf(deb)
    const named = (path: string) => files.find((file) => file.path === `/opt/trebuchet/env/env/${path}`)
    expect(files.filter(({ type, target }) => type === 'symlink' && target?.startsWith('/'))).toEqual([])
    expect(named('outside')).toMatchObject({ type: 'file' })
    expect(named('inside')).toMatchObject({ type: 'file', size: 2 })
    expect(
      files
        .filter(({ type }) => type === 'symlink')
        .map(({ path }) => path.slice('/opt/trebuchet/env/env/'.length)),
    ).toEqual(['bin/python3', expect.stringMatching(/^bin\/python3\.\d+$/), 'lib64'])
    expect(named('bin/absolute')).toMatchObject({ type: 'file' })
    expect(files.filter(({ path }) => /\.pyc$|__pycache__/.test(path))).toEqual([])
    expect(textOf(deb, '/opt/trebuchet/env/env/bin/tidetable').split('\n')[0]).toBe(
      '#!/opt/trebuchet/env/env/bin/python',
    )
    expect(textOf(deb, '/opt/trebuchet/env/env/bin/activate')).toMatch(
      /^VIRTUAL_ENV="?\/opt\/trebuchet\/env\/env"?$/m,
    )
    expect(env?.control.Depends).toMatch(/^python3\.\d+$/)
    expect(app?.control.Depends).toBe('dh-env (= 1.0.0)')
    expect(at.remote.said.join('\n')).toContain(
      'dh-env: the build machine has no Python 3 called python2.7; /usr/bin/python3 is used',
    )
    expect(at.remote.said.join('\n')).not.toContain('holds the path of the build')
    expect(textOf(app?.path ?? '', '/opt/trebuchet/app/code/tide')).toBe('high water at 06:12 and 18:37\n')

    const wheel = readFileSync(join(at.path('index'), 'tidetable-0.3.1-py2.py3-none-any.whl'))
    expect(JSON.parse(sbomOf(deb))).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      metadata: { component: { name: 'dh-env', version: '1.0.0', purl: 'pkg:deb/debian/dh-env@1.0.0' } },
      components: expect.arrayContaining([
        expect.objectContaining({
          type: 'application',
          purl: expect.stringMatching(/^pkg:deb\/debian\/python3\.\d+-minimal@3\./),
        }),
        expect.objectContaining({ name: 'pip', properties: [{ name: 'gachette:from', value: 'dist-info' }] }),
        expect.objectContaining({
          purl: 'pkg:pypi/tidetable@0.3.1',
          hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(wheel).digest('hex') }],
          properties: [{ name: 'gachette:from', value: 'pip-report' }],
        }),
      ]),
    })

    const other = bench()
    try {
      const [again] = await build(other, repository)
      expect(filesOf(again?.path ?? '')).toEqual(files)
      expect(again?.sha256).toBe(env?.sha256)
      expect(sbomOf(again?.path ?? '')).toBe(sbomOf(deb))
    } finally {
      other.remove()
    }
  }, 120_000)

  test('that cannot be made ends the build with what pip said', async () => {
    const broken = textRepository(at, {
      '.missile.yml':
        'name: app\ntype: application\nenvironment: {name: env, type: python, requirements: [r.txt]}',
      'r.txt': 'no-such-package-anywhere\n',
      'a.txt': 'a',
    })
    await expect(build(at, broken)).rejects.toMatchObject({
      message: 'dh-env: pip could not install what r.txt lists (exit status 1)',
      output: expect.arrayContaining([expect.stringContaining('no-such-package-anywhere')]),
    })
    const missing = textRepository(at, {
      '.missile.yml':
        'name: app\ntype: application\nenvironment: {name: env, type: python, requirements: [gone.txt]}',
      'a.txt': 'a',
    })
    await expect(build(at, missing)).rejects.toThrow(
      'dh-env: requirements: there is no file gone.txt in the project',
    )
  }, 120_000)
})
