import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { shellWords } from '../../src/config/index.ts'
import { commandLine } from '../support/command-line.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8')

/** The commands of a page's console blocks, each with what it prints. */
const examples = [...read('docs/hosts.md').matchAll(/^```console\n(.*?)^```/gms)]
  .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
  .map((text) => {
    const [command = '', ...printed] = text.split('\n')
    return { command, printed: printed.join('\n') }
  })

test('the page has examples', () => {
  expect(examples.length).toBeGreaterThan(4)
})

test.each(examples)('$command prints what the guide says', async ({ command, printed }) => {
  const names = ['examples/inventory.mjs', 'examples/inventory.yml', 'examples/machines.csv']
  const files = Object.fromEntries(names.map((name) => [name, read(name)]))
  const { PATH = '' } = process.env
  const line = commandLine({ files, env: { PATH } })
  onTestFinished(line.remove)
  chmodSync(join(line.dir, 'examples/inventory.mjs'), 0o755)
  const [program, ...argv] = shellWords(command) ?? []
  expect(program).toBe('gachette')
  expect(await line.gachette(...argv)).toMatchObject({ exitCode: 0, stdout: printed })
})
