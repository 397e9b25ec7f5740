import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Opening } from '../../src/session/opening.ts'

const MARKER = 'gachette-0123-1'

/** What is heard of stderr in these chunks, and what is left for the command. */
function heard(chunks: readonly string[]) {
  const told: string[] = []
  const opening = new Opening(MARKER, {
    asks: (whose) => void told.push(`asks ${whose}`),
    hasNoSudo: () => void told.push('no sudo'),
    starts: () => void told.push('starts'),
  })
  const own = chunks.map((chunk) => opening.pass(Buffer.from(chunk)).toString()).join('')
  return { told, own, said: opening.said(), isOver: opening.isOver }
}

test('property: however it is cut, the questions are heard and the rest is the command’s', () => {
  const text = `A lecture.\n${MARKER} asks hero\n${MARKER} starts\nits own ${MARKER} starts\nwords`
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (places) => {
      const cuts = [0, ...places.sort((a, b) => a - b), text.length]
      const chunks = cuts.slice(1).map((end, at) => text.slice(cuts[at], end))
      expect(heard(chunks)).toMatchObject({
        told: ['asks hero', 'starts'],
        own: `its own ${MARKER} starts\nwords`,
        isOver: true,
      })
    }),
  )
})

test('what sudo says when it does not run the command is kept, also where it shows the whole script', () => {
  const complaint = `Sorry, hero may not run 'sh -c echo "${MARKER} starts" >&2; …' as root.\n`
  expect(heard([`${MARKER} asks hero\n`, complaint])).toEqual({
    told: ['asks hero'],
    own: '',
    said: complaint,
    isOver: false,
  })
})

test('a terminal may end its lines with a carriage return', () => {
  expect(heard([`${MARKER} starts\r\nx`])).toMatchObject({ told: ['starts'], own: 'x' })
})

test('that there is no session is the lifeline’s to say', () => {
  expect(heard([`${MARKER} no session\n`])).toMatchObject({
    told: [],
    own: `${MARKER} no session\n`,
    isOver: true,
  })
})

test('much talk before the command costs no memory', () => {
  expect(heard(Array(100).fill('x'.repeat(10_000))).said.length).toBe(16_384)
})
