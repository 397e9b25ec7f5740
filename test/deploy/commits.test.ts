import { expect, test } from 'vitest'
import { commitsOf, versionsIn, withCommits } from '../../src/deploy/commits.ts'
import { changeLines } from '../../src/deploy/text.ts'
import { parseStore } from '../../src/stack/index.ts'

const COMMITS = ['a', 'b'].map((letter) => letter.repeat(40))
const query = commitsOf(parseStore({ metaPath: '/srv/meta', who: 'jo' }))

test('the store is asked once about every version that goes or comes', () => {
  expect(
    versionsIn([
      { type: 'upgrade', name: 'shop', was: '1.0', version: '1.1' },
      { type: 'upgrade', name: 'shop', was: '1.0', version: '1.1' },
      { type: 'same', name: 'core', was: '1.0', version: '1.0' },
      { type: 'install', name: 'api', version: '2.0' },
      { type: 'remove', name: 'odd', was: '../../etc' },
    ]),
  ).toBe('shop\t1.0\nshop\t1.1\napi\t2.0\n')
})

test('commits stand behind the versions, where the store knows them', () => {
  const of = (name: string, version: string, commit?: string) =>
    `${name}\t${version}\t${JSON.stringify({ repository: 'https://x.test/r', commit, builder: 'missile', versions: {} })},\n`
  const commits = query.parse(
    `${of('shop', '1.0', COMMITS[0])}${of('shop', '1.1', COMMITS[1])}api\t1.0\tnull,\nodd\t1\t{"a\n${of('one', '1', COMMITS[0])}${of('one', '2', COMMITS[0])}`,
  )
  expect([...commits.keys()]).toEqual(['shop 1.0', 'shop 1.1', 'one 1', 'one 2'])
  const changes = [
    { type: 'upgrade', name: 'shop', was: '1.0', version: '1.1' },
    { type: 'upgrade', name: 'one', was: '1', version: '2' },
    { type: 'install', name: 'api', version: '1.0' },
  ] as const
  expect(changeLines(changes.map((each) => withCommits(each, commits)))).toEqual([
    '  ^ shop  1.0 -> 1.1  aaaaaaaaaaaa..bbbbbbbbbbbb',
    '  ^ one   1 -> 2      commit aaaaaaaaaaaa',
    '  + api   1.0',
  ])
})
