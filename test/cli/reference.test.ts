import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reference } from '../../src/cli/reference.ts'
import { builtInTasks } from '../../src/task/index.ts'
import * as builtIn from '../../tasks/index.ts'

test('docs/reference.md says what the program declares', async () => {
  const tasks = builtInTasks({ ...builtIn }).map(({ description }) => description)
  await expect(reference(tasks)).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/reference.md'))
})
