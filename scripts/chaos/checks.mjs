import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a reader of the stack sees on a disk: package → version and the digest of its .deb; throws where it is not whole. */
export function packagesOf(disk) {
  const meta = join(disk, 'meta')
  const packages = join(meta, 'stacks/1.0/packages')
  return Object.fromEntries(
    readdirSync(packages)
      .sort()
      .map((name) => {
        const version = line(join(packages, name, 'version'))
        const place = join(meta, 'packages', name, 'version', version)
        const { sha256 } = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'))
        const deb = readFileSync(join(meta, 'debs', line(join(place, 'file'))))
        const digest = createHash('sha256').update(deb).digest('hex')
        if (digest !== sha256)
          throw new Error(`${name} ${version} has the digest ${digest}, and not ${sha256}`)
        return [name, `${version} ${sha256}`]
      }),
  )
}

/** What lies open in the pool and is no package. */
export const strayInPool = (disk) =>
  readdirSync(join(disk, 'meta/debs')).filter((name) => !name.startsWith('.') && !name.endsWith('.deb'))

function line(path) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (!/^[^\n]+\n$/.test(text)) throw new Error(`${path} is not one line: ${JSON.stringify(text)}`)
  return text.trim()
}

/** The events of a run, as far as whole lines of them came; throws where a whole line is none. */
export function eventsOf(stdout) {
  const lines = stdout.split('\n')
  lines.pop()
  return lines.map((text) => JSON.parse(text))
}

/** What a host printed in a run, both streams, as it came. */
export const printedBy = (events, host) =>
  events
    .filter((event) => event.type === 'output' && event.host === host)
    .map(({ text }) => text)
    .join('')

/**
 * What is wrong with the numbered lines of a text: each must be whole, and follow the one before it. `from`: where
 * they have to begin, if there are any; `to`: where they have to end.
 */
export function faultOfLines(text, { sumOf, from = 1, to }) {
  const found = [...text.matchAll(/chaos (\d+) (\d+) (\.*)/g)]
  let expected = from ?? Number(found[0]?.[1])
  for (const [whole, number, sum, dots] of found) {
    if (Number(number) !== expected) return `line ${number} follows line ${expected - 1}`
    const isWhole = Number(sum) === sumOf(expected) && dots.length === 100
    if (!isWhole && expected - from + 1 < found.length)
      return `line ${number} is broken: ${whole.slice(0, 60)}`
    expected += 1
  }
  if (to !== undefined && expected !== to + 1) return `the last of ${to} lines is ${expected - 1}`
  return undefined
}
