import { expect, test } from 'vitest'
import { withEnvironment } from '../../src/session/environment.ts'
import { localSession } from '../../src/session/local.ts'
import { recordedSession } from '../../src/session/recorded.ts'
import { sh } from '../../src/shell/index.ts'

test('commands have the environment of their host, and their own wins', async () => {
  const recorded = recordedSession()
  const session = withEnvironment(recorded, { SHOP: 'eu', LANG: 'C' })
  await session.exec(sh`env`, { env: { LANG: 'de' }, cwd: '/srv' })
  await session.exec(sh`env`)
  expect(recorded.calls).toEqual([
    { kind: 'exec', text: 'env', cwd: '/srv', env: { SHOP: 'eu', LANG: 'de' } },
    { kind: 'exec', text: 'env', env: { SHOP: 'eu', LANG: 'C' } },
  ])
})

test('all else is the session’s own, whatever a session may have one day', () => {
  const session = { ...localSession(), oneDay: true }
  const { exec: _theirs, ...rest } = session
  expect(withEnvironment(session, { A: '1' })).toMatchObject(rest)
})
