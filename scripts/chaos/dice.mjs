/** Random numbers that follow from a seed alone, so that a round can be played again. */
export function dice(seed) {
  let state = seed >>> 0
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least, most) => Math.round(least + next() * (most - least))
  const oneOf = (items) => items[Math.floor(next() * items.length)]
  const chance = (part) => next() < part
  return { between, oneOf, chance }
}
