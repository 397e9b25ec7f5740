import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bench, bench, buildRepository, textRepository } from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

describeWith(['git', 'dpkg-deb', '/usr/bin/python3'], 'compat: upstream', () => {
  let at: Bench
  beforeAll(() => {
    at = bench()
  })
  afterAll(() => at.remove())

  test('an environment has the dependency it had of old, and no other', async () => {
    const repository = textRepository(at, {
      '.missile.yml': 'name: app\ntype: application\nenvironment: { name: env, type: python }\n',
      'a.txt': 'a',
    })
    const [env, app] = await buildRepository(at, repository, { request: { compat: 'upstream' } })
    expect(env?.control.Depends).toBe('python (>= 2.7.3)')
    expect(app?.control.Depends).toBe('dh-env (>= 1.0.0), python (>= 2.7.3)')
  })
})
