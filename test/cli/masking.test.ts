import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineTask, Secret, sh, TaskError } from '../../src/index.ts'
import { commandLine } from '../support/command-line.ts'
import { fakeHosts } from '../support/fake-session.ts'

/** Bytes cut at places of a test's choosing, within characters too. */
function cutAt(text: string, places: readonly number[]): readonly Uint8Array[] {
  const bytes = Buffer.from(text)
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...cuts].map((start, at) => bytes.subarray(start, cuts[at] ?? bytes.length))
}

/** All that lies below a folder, as one text. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path}\n${readFileSync(path, 'utf8')}`)
    .join('\n')
}

const hostile = fc
  .string({ unit: fc.constantFrom(...`abcXYZ019 \n'"\\$\`!%=&<é€😀`), minLength: 5, maxLength: 30 })
  // Neither of our own words nor of a single character, which would be hidden everywhere.
  .map((text) => `Zq${text}qZ`)

test('property: no sink shows a secret, whatever it is and however output is cut', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      hostile,
      hostile,
      fc.array(fc.nat(400), { maxLength: 12 }),
      fc.constantFrom([], ['--json'], ['--verbose'], ['--quiet']),
      async (set, learned, cuts, flags) => {
        const leaky = defineTask({
          summary: 'Tells all it knows',
          params: { token: { type: 'secret', setting: 'secrets.token' } },
          async run(context, { token }) {
            const { run, ask, put, log, warn, once } = context
            const value = token.reveal()
            await ask(sh`cat ${token} ${new Secret(learned)}`, { env: { LEARNED: new Secret(learned) } })
            await run(sh`echo ${value} ${learned}`, { title: `show ${value} ${learned}`, cwd: `/${learned}` })
            await run(sh`echo ${value} ${learned}`)
            await put(`${value}/${learned}`, `/tmp/${learned}`)
            log(`${value} and ${learned}`)
            warn(JSON.stringify({ value, learned }))
            await once('note', async () => learned).catch(() => {})
            await run(sh`false`, { accept: [1] })
            if (cuts.length % 2 === 0) return { [value]: [learned], in: { text: `<${value}>` } }
            throw new TaskError(`no: ${value}`, { hint: learned, output: [value, learned] })
          },
        })
        const said = `before ${set}${learned} ${set.repeat(2)}\n${learned}\n after`
        const line = commandLine({
          builtIn: { leaky },
          hosts: fakeHosts((_host, command) => ({
            stdout: cutAt(said, cuts),
            stderr: cutAt(
              said,
              cuts.map((cut) => cut + 3),
            ),
            ...(command === 'false' ? { outcome: { type: 'exited', code: 1 } } : {}),
          })),
          env: { GACHETTE_SECRETS__TOKEN: set },
        })
        try {
          const { stdout, stderr } = await line.gachette(...flags, '-H', 'web1', 'leaky')
          const all = `${stdout}\n${stderr}\n${everythingIn(line.home)}`
          expect(all).toContain('***')
          for (const secret of [set, learned]) {
            expect(all).not.toContain(secret)
            expect(all).not.toContain(JSON.stringify(secret).slice(1, -1))
          }
        } finally {
          line.remove()
        }
      },
    ),
    { numRuns: 60 },
  )
})
