import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { warden } from '../../src/session/openssh/warden.ts'
import { describeWith } from '../support/needs.ts'
import { until } from '../support/sessions.ts'

describeWith([], 'the warden of the ssh processes', () => {
  test('stays as long as anybody needs it, whoever has left twice', async () => {
    const [first, second] = [await warden(), await warden()]
    const folder = dirname(first.newPath())
    first.leave()
    first.leave()
    const third = await warden()
    expect(dirname(third.newPath())).toBe(folder)
    third.leave()
    second.leave()
    await until(() => !existsSync(folder), 'the folder is gone')
  })
})
