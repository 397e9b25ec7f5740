import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { rehearse } from 'gachette/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const docs = resolve(import.meta.dirname, '../../docs')

/** The pieces of TypeScript of a page that import something, in order. */
const pieces = (page: string): string[] =>
  [...readFileSync(join(docs, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    .map(([, code = '']) => code)
    .filter((code) => code.startsWith('import'))

describe('docs/tasks.md: every piece of code does what the page says', () => {
  let dir: string
  const [tasks = '', ...others] = pieces('tasks.md')
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'gachette-pages-'))
    writeFileSync(join(dir, 'gachette.tasks.ts'), tasks)
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  /** Runs the piece that names something, and answers what it has found out. */
  async function ran(name: string, names: readonly string[]): Promise<Record<string, unknown>> {
    const found = others.filter((piece) => piece.includes(name))
    expect(found).toHaveLength(1)
    const file = join(dir, `${name.replace(/\W/g, '-')}.ts`)
    writeFileSync(file, `${found[0]}\nexport { ${names.join(', ')} }\n`)
    return import(file)
  }

  test('rehearse, with answers in order', async () => {
    const { outcome, result, calls } = await ran('rehearse(space', ['outcome', 'result', 'calls'])
    expect({ outcome, result, calls }).toMatchObject({
      outcome: { type: 'done' },
      result: 2,
      calls: [{ text: "df -Pk /srv | awk 'NR == 2 { print $4 }'" }],
    })
  })

  test('rehearse, with answers by command', async () => {
    const { outcome, said, calls } = await ran('rehearse(logs', ['outcome', 'said', 'calls'])
    expect({ outcome, said }).toMatchObject({ outcome: { type: 'failed', exitCode: 1 }, said: [] })
    expect(calls).toMatchObject([{}, {}, { host: 'web1', cwd: '/tmp/x' }])
  })

  test('recordedSession', async () => {
    const { first, second, session } = await ran('recordedSession(', ['first', 'second', 'session'])
    expect({ first, second, session }).toMatchObject({
      first: { type: 'exited', code: 0 },
      second: { type: 'lost' },
      session: { calls: [{ text: 'hostname' }, { text: 'reboot' }] },
    })
  })

  test('throwawayHost', async () => {
    const { room, host } = await ran('throwawayHost(', ['room', 'host'])
    expect(room).toBeGreaterThan(0)
    expect(host).toMatchObject({ commands: [expect.stringContaining('df -Pk')] })
  })

  test('once', async () => {
    const { release } = (await ran('./next-number', [])) as { release: Parameters<typeof rehearse>[0] }
    const { result, calls } = await rehearse(release, {} as never, { answers: [{ stdout: '7\n' }, {}] })
    expect([result, calls.map(({ text }) => text)]).toEqual(['7', ['./next-number', './announce 7']])
  })
})
