import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldNames, Inventory } from '../../src/inventory/index.ts'
import { UsageError } from '../../src/shell/index.ts'
import { describeWith } from '../support/needs.ts'

// One python for hundreds of questions: nodeset starts in 0.2 s.
const PYTHON = `
import json, sys
from ClusterShell.NodeSet import NodeSet, NodeSetException
def answer(text):
    try: return sorted(NodeSet(text))
    except (NodeSetException, Exception) as error: return None
print(json.dumps([answer(text) for text in json.load(sys.stdin)]))
`

function clusterShell(texts: readonly string[]): readonly (readonly string[] | null)[] {
  const printed = execFileSync('/usr/bin/python3', ['-c', PYTHON], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return JSON.parse(printed)
}

const inventory = new Inventory({ hosts: [], roles: {} })

function ours(text: string): readonly string[] | null {
  try {
    return inventory
      .select({ hosts: [text], roles: [], exclude: [] })
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}

const number = fc.oneof(
  fc.nat(30).map(String),
  fc.nat(30).map((value) => String(value).padStart(2, '0')),
  fc.nat(130).map((value) => String(value).padStart(3, '0')),
)
const wellFormed = fc.tuple(fc.nat(40), fc.nat(12), fc.constantFrom(0, 2, 3)).map(([from, count, width]) => {
  const [first = '', last = ''] = [from, from + count].map((value) => String(value).padStart(width, '0'))
  return `${first}-${last}`
})
const anyRange = fc.tuple(number, number).map(([from, to]) => `${from}-${to}`)
const range = fc.oneof(
  { weight: 8, arbitrary: number },
  { weight: 8, arbitrary: wellFormed },
  {
    weight: 2,
    arbitrary: fc.tuple(wellFormed, fc.integer({ min: 1, max: 5 })).map((each) => each.join('/')),
  },
  { weight: 1, arbitrary: anyRange },
)
const bracket = fc.array(range, { minLength: 1, maxLength: 3 }).map((ranges) => `[${ranges.join(',')}]`)
// A digit right before a bracket is left out: ClusterShell takes it into the range, and refuses what it then finds odd.
const word = fc
  .tuple(
    fc.constantFrom('web', 'rack', 'w'),
    fc.oneof(bracket, number),
    fc.oneof(
      fc.constantFrom('', '-x', '.org'),
      fc.tuple(fc.constantFrom('n', '-', '.x'), bracket).map((pieces) => pieces.join('')),
    ),
  )
  .map((pieces) => pieces.join(''))
const selection = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom(',', '!', '&', '^'), word), { maxLength: 4 }))
  .map(([first, rest]) => first + rest.flat().join(''))

describeWith(
  ['/usr/bin/python3', '/usr/lib/python3/dist-packages/ClusterShell/NodeSet.py'],
  'ClusterShell',
  () => {
    test('means the same by a selection, or refuses it as we do', () => {
      const texts = fc.sample(selection, 600)
      const theirs = clusterShell(texts)
      const different = texts.flatMap((text, at) => {
        const [we, they] = [ours(text), theirs[at] ?? null]
        return JSON.stringify(we) === JSON.stringify(they) ? [] : [{ text, we, they }]
      })
      expect(different).toEqual([])
      // Not all of them were refused.
      expect(theirs.filter((names) => names !== null).length).toBeGreaterThan(200)
    })

    test('expands to the same names what we have folded', () => {
      const lists = fc.sample(
        fc.array(
          fc.tuple(fc.constantFrom('web', 'rack1n', 'db2-'), number).map((each) => each.join('')),
          { minLength: 1, maxLength: 40 },
        ),
        300,
      )
      const theirs = clusterShell(lists.map(foldNames))
      expect(theirs).toEqual(lists.map((names) => [...new Set(names)].sort()))
    })
  },
)
