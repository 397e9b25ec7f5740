import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SBOM } from '../../../src/build/missile/machine/sbom.ts'
import { describeWith } from '../../support/needs.ts'

describeWith(['/usr/bin/python3'], 'a list of what went into a python environment', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'gachette-sbom-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  const installed = (folder: string, metadata: string) =>
    write(`env/lib/python3.11/site-packages/${folder}.dist-info/METADATA`, metadata)
  const reported = (name: string, install: readonly unknown[]) =>
    write(`reports/${name}.json`, JSON.stringify({ version: '1', install }))
  const entry = (name: string, version: string, info: unknown) => ({
    metadata: { name, version },
    download_info: info,
  })
  const list = (owner = 'python3.11-minimal', version = '3.11.2-6+deb12u3'): string =>
    execFileSync(
      '/usr/bin/python3',
      ['-I', '-S', '-c', SBOM, join(dir, 'env'), join(dir, 'reports'), 'dh-env', '1:2.0', owner, version],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    )

  test('is whole: archive digests and commits by pip’s report, presence and licences by the environment', () => {
    const sha256 = 'a'.repeat(64)
    installed(
      'Foo_Bar-1.0+local',
      'Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.0+local\nLicense: MIT\n\nLicense: no\n',
    )
    installed('lib-2', 'Name: lib\nVersion: 2\nLicense-Expression: Apache-2.0\n')
    installed('own-3', 'Name: own\nVersion: 3\nLicense: UNKNOWN\n')
    reported('1000', [
      entry('foo.bar', '1.0+local', {
        url: 'https://reader:hunter2@pypi.example.org/x/hunter2/foo.whl?token=hunter2',
        archive_info: { hashes: { sha256 } },
      }),
      entry('gone', '9', { url: 'https://x/', archive_info: {} }),
    ])
    reported('1001', [
      entry('lib', '2', {
        url: 'https://bot:hunter2@git.example.org/lib.git',
        vcs_info: { vcs: 'git', commit_id: 'b'.repeat(40) },
      }),
    ])
    const text = list()
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toEqual({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      version: 1,
      metadata: {
        component: {
          type: 'application',
          'bom-ref': 'pkg:deb/debian/dh-env@1%3A2.0',
          name: 'dh-env',
          version: '1:2.0',
          purl: 'pkg:deb/debian/dh-env@1%3A2.0',
        },
        properties: [{ name: 'gachette:from', value: 'pip-report, dist-info' }],
      },
      components: [
        {
          type: 'application',
          'bom-ref': 'pkg:deb/debian/python3.11-minimal@3.11.2-6%2Bdeb12u3',
          name: 'python3.11-minimal',
          version: '3.11.2-6+deb12u3',
          purl: 'pkg:deb/debian/python3.11-minimal@3.11.2-6%2Bdeb12u3',
        },
        {
          type: 'library',
          'bom-ref': 'pkg:pypi/foo-bar@1.0%2Blocal',
          name: 'Foo_Bar',
          version: '1.0+local',
          hashes: [{ alg: 'SHA-256', content: sha256 }],
          licenses: [{ license: { name: 'MIT' } }],
          purl: 'pkg:pypi/foo-bar@1.0%2Blocal',
          properties: [{ name: 'gachette:from', value: 'pip-report' }],
        },
        {
          type: 'library',
          'bom-ref': 'pkg:pypi/lib@2',
          name: 'lib',
          version: '2',
          licenses: [{ expression: 'Apache-2.0' }],
          purl: 'pkg:pypi/lib@2',
          externalReferences: [{ type: 'vcs', url: 'https://git.example.org/lib.git' }],
          properties: [
            { name: 'gachette:commit', value: 'b'.repeat(40) },
            { name: 'gachette:from', value: 'pip-report' },
          ],
        },
        {
          type: 'library',
          'bom-ref': 'pkg:pypi/own@3',
          name: 'own',
          version: '3',
          purl: 'pkg:pypi/own@3',
          properties: [{ name: 'gachette:from', value: 'dist-info' }],
        },
      ],
    })
  })

  test('says that it is of dist-info alone where pip knows no report, and of what a report says of another version', () => {
    installed('lib-2', 'Name: lib\nVersion: 2\n')
    expect(JSON.parse(list('', ''))).toMatchObject({
      metadata: { properties: [{ value: 'dist-info' }] },
      components: [{ purl: expect.stringMatching(/^pkg:generic\/python@3\./) }, { name: 'lib' }],
    })
    reported('1000', [entry('lib', '1', { archive_info: { hashes: { sha256: 'a'.repeat(64) } } })])
    const { components } = JSON.parse(list()) as { components: readonly object[] }
    expect(components[1]).not.toHaveProperty('hashes')
    expect(components[1]).toMatchObject({ properties: [{ name: 'gachette:from', value: 'dist-info' }] })
  })

  test('is made also of what nobody would write', () => {
    installed('odd-1', `Name: odd\nVersion: 1\nLicense: ${'x'.repeat(9999)}\n`)
    installed('none-1', 'no header at all \u0000\u00ff\n')
    installed('line-1', 'Name: a\n b\nVersion: "1\\u001b\n')
    for (const [at, text] of ['', '{', '[]', '{"install":3}', '{"install":[{"metadata":null}]}'].entries())
      write(`reports/${at}.json`, text)
    reported('9', [
      entry('odd', '1', { url: 'file:///etc/nothing-there', archive_info: { hashes: 'x' }, vcs_info: [] }),
    ])
    const { components } = JSON.parse(list()) as { components: readonly { name: string }[] }
    expect(components.map(({ name }) => name)).toEqual(['python3.11-minimal', 'a b', 'odd'])
  })
})
