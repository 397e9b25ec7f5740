import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import semver from 'semver'
import { expect, test } from 'vitest'
import { render, script, sh } from '../../src/shell/index.ts'
import { NEXT_NAME } from '../../src/stack/shell/next-name.ts'
import { storeFolder } from '../support/store-folder.ts'

const number = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(9, 10, 11, 2147483648, 123456789012345),
)
const release = fc.tuple(number, number, number).map((parts) => parts.join('.'))
const tail = fc.constantFrom(
  '',
  '',
  '',
  '-rc.1',
  '-0',
  '-01',
  '-alpha',
  '-a.b-c.7',
  '+b1',
  '-rc.2+x',
  '+',
  '-',
  '-a..b',
)
const name = fc.oneof(
  fc.tuple(release, tail).map((parts) => parts.join('')),
  fc.constantFrom('note', '1.0', 'v9.9.9', '01.0.0', '1.0.0.0', '2013-10-01', '99999999999999999999.0.0'),
)

test('the next name is what semver makes of the highest one', () => {
  const dir = storeFolder()
  let run = 0
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 6 }),
      fc.constantFrom('patch' as const, 'minor' as const, 'major' as const),
      (names, bump) => {
        const stacks = join(dir, String(run++))
        mkdirSync(stacks)
        for (const each of names) mkdirSync(join(stacks, each))
        const highest = names.filter(
          (each) => semver.valid(each) === each.replace(/\+.*/, '') && /^\d/.test(each),
        )
        const top = semver.rsort(highest)[0] ?? '0.0.0'
        const asked = script(sh`stacks=${stacks} bump=${bump}
${NEXT_NAME}
next_name`)
        const answer = execFileSync('/bin/sh', ['-c', render(asked).text], { encoding: 'utf8' })
        expect(answer.trim(), `${bump} of ${names.join(' ')}`).toBe(semver.inc(top, bump))
      },
    ),
    { numRuns: 150 },
  )
})
