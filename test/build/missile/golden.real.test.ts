import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Artifact, KindVersions } from '../../../src/build/index.ts'
import {
  type Bench,
  bench,
  buildRepository,
  FIXTURES,
  filesOf,
  goldenRepository,
  memberOf,
  type PackedFile,
  textOf,
} from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

interface GoldenDeb {
  readonly kind: string
  readonly control: { readonly Package: string; readonly Version: string; readonly Architecture: string }
  readonly files: readonly (PackedFile & { readonly embeds_base_template?: boolean })[]
  readonly maintainer_scripts: Readonly<Record<'preinst' | 'postinst' | 'prerm', readonly string[]>>
  readonly rendered?: Readonly<Record<string, { readonly text: string }>>
  readonly virtualenv?: {
    readonly root: string
    readonly must_contain: readonly { path: string; sha256?: string; first_line_starts_with?: string }[]
  }
}
interface GoldenProject {
  readonly git: { readonly commit: string }
  readonly lint: { readonly packages: readonly string[] }
  readonly debs: Readonly<Record<string, GoldenDeb>>
}

const golden = JSON.parse(readFileSync(join(FIXTURES, 'golden.json'), 'utf8')) as {
  readonly projects: Readonly<Record<string, GoldenProject>>
}
const upstart = JSON.parse(readFileSync(join(FIXTURES, 'rendered-upstart.json'), 'utf8')) as {
  readonly projects: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, { text: string }>>>>>
  >
}
const arch = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim()

const VERSIONS: Readonly<Record<string, Partial<KindVersions>>> = {
  'harbour-web': {
    app: '0.0.1rev3f2a91c',
    env: '0.0.1rev0c4d2e7',
    service: '0.0.1rev3f2a91d',
    static: '2.0',
  },
  'harbour-conf': { app: '1.4.0' },
  'plain-app': { app: '0.1' },
}
/** NOTES.md §1 and §2: what the better result depends on. */
const DEPENDS: Readonly<Record<string, string | RegExp | undefined>> = {
  'dh-harbour-front': 'dh-harbour-web (= 0.0.1rev3f2a91c)',
  'dh-harbour-back': 'dh-harbour-web (= 0.0.1rev3f2a91c)',
  'dh-harbour-watch': 'dh-harbour-web (= 0.0.1rev3f2a91c)',
  'dh-harbour-web': 'dh-harbour-web-lib (= 0.0.1rev0c4d2e7)',
  'dh-harbour-web-lib': /^python3(\.\d+)?$/,
}
const STATIC: Readonly<Record<string, readonly string[]>> = {
  'dh-harbour-web-styles': ['0644 main.css', '0644 main.woff', '0644 themes/night.css'].map((each) =>
    each.replace(' ', ' /opt/trebuchet/harbour_web_styles/static/assets/css/'),
  ),
  'dh-harbour-web-maps': ['0644 /opt/trebuchet/harbour_web_maps/static/assets/maps/basin.txt'],
  'dh-harbour-web-media': [
    '0644 flags/alpha flag.txt',
    '0755 flags/hoist',
    '0644 latest.txt',
    '0644 pennant.txt',
  ].map((each) => each.replace(' ', ' /opt/trebuchet/harbour_web_media/static/assets/media/')),
}

for (const project of ['plain-app', 'harbour-conf', 'harbour-web']) {
  describeWith(
    ['git', 'dpkg-deb', '/usr/bin/python3'],
    `${project}, held against what trebuchet made of it`,
    () => {
      const { debs, lint, git } = golden.projects[project] as GoldenProject
      let at: Bench
      let built: readonly Artifact[] = []
      const find = (name: string): Artifact => built.find((each) => each.name === name) as Artifact
      beforeAll(async () => {
        at = bench()
        const index = at.path('index')
        execFileSync('sh', [join(FIXTURES, 'recreate.sh'), '--stub-index', join(FIXTURES, 'stubs'), index])
        built = await buildRepository(at, goldenRepository(at, project), {
          versions: VERSIONS[project] ?? {},
          request: { pipOptions: ['--no-index', '--find-links', index] },
        })
      }, 120_000)
      afterAll(() => at.remove())

      test('makes the packages in its order', () => {
        const names = built.map(({ name }) => name)
        expect(new Set(names)).toEqual(new Set(lint.packages))
        if (project === 'harbour-conf')
          expect(names).toEqual(['dh-harbour-conf', 'dh-harbour-conf-staging', 'dh-harbour-conf-live'])
        else expect(names).toEqual(lint.packages)
      })

      for (const [fileName, deb] of Object.entries(debs)) {
        const name = deb.control.Package
        describe(name, () => {
          test('has the recorded control fields, and depends on its family and its interpreter', () => {
            const { control } = find(name)
            const architecture = deb.kind === 'environment' ? arch : 'all'
            expect(control).toMatchObject({
              Package: name,
              Version: deb.control.Version,
              Architecture: architecture,
            })
            const depends = DEPENDS[name]
            if (depends instanceof RegExp) expect(control.Depends).toMatch(depends)
            else expect(control.Depends).toBe(depends)
            expect(find(name).fileName).toBe(fileName.replace('amd64', arch))
          })

          test('has the recorded files', () => {
            const found = filesOf(find(name).path)
            if (STATIC[name])
              expect(
                found.filter(({ type }) => type !== 'dir').map(({ mode, path }) => `${mode} ${path}`),
              ).toEqual(STATIC[name])
            else if (deb.kind === 'service')
              expect(found.filter(({ type }) => type === 'file')).toHaveLength(2)
            else if (deb.kind === 'environment')
              for (const entry of deb.files) expect(found).toContainEqual(entry)
            else expect(compared(found, deb)).toEqual(compared(expectedFiles(deb, name), deb))
          })

          test('has the recorded lines in its maintainer scripts', () => {
            for (const script of ['preinst', 'postinst', 'prerm'] as const) {
              const lines = memberOf(find(name).path, script).split('\n')
              const wanted = deb.maintainer_scripts[script].flatMap((line) => line.split('\n'))
              expect(lines.filter((line) => wanted.includes(line))).toEqual(wanted)
            }
          })

          for (const [path, { text }] of Object.entries(deb.rendered ?? {}))
            test(`renders ${path}`, () => {
              expect(textOf(find(name).path, path)).toBe(text)
            })
          for (const [path, { text }] of Object.entries(upstart.projects[project]?.[fileName] ?? {}))
            if (deb.kind !== 'service')
              test(`renders ${path}`, () => {
                expect(textOf(find(name).path, path)).toBe(text)
              })
          if (deb.virtualenv) {
            const { root, must_contain } = deb.virtualenv
            for (const wanted of must_contain)
              test(`has ${wanted.path}`, () => {
                const files = filesOf(find(name).path)
                const pattern = new RegExp(
                  `^${root}/${wanted.path.replaceAll('.', '\\.').replace('*', '[^/]*')}$`,
                )
                const file = files.find(({ path }) => pattern.test(path))
                expect(file).toBeDefined()
                if (wanted.sha256) expect(file?.sha256).toBe(wanted.sha256)
                if (wanted.first_line_starts_with)
                  expect(textOf(find(name).path, file?.path ?? '')).toMatch(
                    new RegExp(`^${wanted.first_line_starts_with}`),
                  )
              })
          }
        })
      }

      test('is of the recorded commit', () => {
        expect(built[0]?.control['Gachette-Commit']).toBe(git.commit)
      })
    },
  )
}

function expectedFiles(deb: GoldenDeb, name: string): readonly PackedFile[] {
  if (deb.kind !== 'configuration') return deb.files
  const folder = `/opt/trebuchet/${name.slice(3).replaceAll('-', '_')}`
  const directory = (path: string): PackedFile => ({ path, type: 'dir', mode: '0755' })
  return [
    ...deb.files.map((file) =>
      file.path === '/GIT_VERSION' ? { ...file, path: `${folder}/GIT_VERSION` } : file,
    ),
    directory('/opt/trebuchet'),
    directory(folder),
  ]
}

/** By content where the contract records it, else by path, type and mode. */
function compared(files: readonly PackedFile[], deb: GoldenDeb): readonly PackedFile[] {
  const hashed = new Set(
    deb.files
      .filter(({ sha256 }) => sha256 !== undefined)
      .map(({ path }) => path.replace(/.*GIT_VERSION$/, 'GIT_VERSION')),
  )
  return files
    .map(({ path, type, mode, sha256, target }) => ({
      path,
      type,
      mode,
      ...(sha256 !== undefined && hashed.has(path.replace(/.*GIT_VERSION$/, 'GIT_VERSION'))
        ? { sha256 }
        : {}),
      ...(target === undefined ? {} : { target }),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
