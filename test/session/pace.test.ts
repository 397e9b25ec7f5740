import { expect, test } from 'vitest'
import { Paces, type Place } from '../../src/session/pace.ts'

const never = new AbortController().signal

/** Lets everybody in who can be, and answers how many that were. */
async function entered(paces: Paces, address: string, count: number): Promise<Place[]> {
  const places: Place[] = []
  for (let at = 0; at < count; at++) void paces.enter(address, never).then((place) => places.push(place))
  await new Promise((resolve) => setImmediate(resolve))
  return places
}

test('eight logins at once at one address, and the next when one has left', async () => {
  const paces = new Paces()
  const places = await entered(paces, 'a', 10)
  expect(places).toHaveLength(8)
  places[0]?.leave()
  places[0]?.leave()
  await new Promise((resolve) => setImmediate(resolve))
  expect(places).toHaveLength(9)
  expect(await entered(paces, 'b', 8)).toHaveLength(8)
})

test('each burst of refusals halves the bound, down to one', async () => {
  const paces = new Paces()
  for (const bound of [8, 4, 2, 1, 1]) {
    const places = await entered(paces, 'a', bound)
    expect(places).toHaveLength(bound)
    for (const place of places) place.crowded()
    for (const place of places) place.leave()
  }
  expect(await entered(paces, 'a', 5)).toHaveLength(1)
})

test('refusals at one address bound all others, but never below what one address may have', async () => {
  const paces = new Paces()
  for (let burst = 0; burst < 8; burst++) {
    const [place] = await entered(paces, 'a', 1)
    place?.crowded()
    place?.leave()
  }
  const others = await Promise.all(Array.from({ length: 20 }, (_, at) => entered(paces, `b${at}`, 1)))
  expect(others.flat()).toHaveLength(8)
})

test('who is cancelled while waiting leaves the queue and gives back what was held', async () => {
  const paces = new Paces()
  const places = await entered(paces, 'a', 8)
  const cancelling = new AbortController()
  const waiting = paces.enter('a', cancelling.signal)
  cancelling.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  for (const place of places) place.leave()
  expect(await entered(paces, 'a', 9)).toHaveLength(8)
})
