import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bench, bench, buildRepository, filesOf, goldenRepository } from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

describeWith(['git', 'dpkg-deb', '/usr/bin/python3'], 'the missile builder', () => {
  let at: Bench
  beforeEach(() => {
    at = bench()
  })
  afterEach(() => at.remove())

  test('makes the package of the plainest project, in two round trips', async () => {
    const [artifact, ...others] = await buildRepository(at, goldenRepository(at, 'plain-app'), {
      versions: { app: '0.1' },
    })
    expect(others).toEqual([])
    expect(artifact).toMatchObject({
      name: 'dh-plain-app',
      version: '0.1',
      fileName: 'dh-plain-app-0.1-all.deb',
    })
    expect(filesOf(artifact?.path ?? '').map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      '0755 /opt',
      '0755 /opt/trebuchet',
      '0755 /opt/trebuchet/plain_app',
      '0755 /opt/trebuchet/plain_app/code',
      '0644 /opt/trebuchet/plain_app/code/GIT_VERSION',
      '0644 /opt/trebuchet/plain_app/code/hello.txt',
    ])
    expect(at.remote.execs()).toBe(2)
  })
})
