import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes the freeze record of a stack as it is now, without a signature. */
export function freezeAsIs(
  meta: string,
  stack: string,
  when = '2026-03-01T10:00:00Z',
  domain = 'main',
): string {
  const place = join(meta, 'domain', domain, 'stacks', stack)
  const head = JSON.parse(`${readFileSync(join(place, '.manifest.json'), 'utf8').split('\n')[0]}]}`)
  const { digest, generation, count } = head
  const record = {
    v: 1,
    kind: 'gachette-stack',
    domain,
    stack,
    digest,
    generation,
    count,
    when,
    who: 'ann@desk',
    why: null,
  }
  mkdirSync(join(meta, '.gachette/frozen', domain), { recursive: true })
  const bytes = `${JSON.stringify(record)}\n`
  writeFileSync(join(meta, '.gachette/frozen', domain, `${stack}.json`), bytes)
  return bytes
}

/** Points a channel to a frozen stack, without a signature: its next pointer, and the link of old readers. */
export function promoteAsIs(
  meta: string,
  stack: string,
  channel: string,
  { number = 1, when = '2026-03-01T11:00:00Z', until = null as string | null, domain = 'main' } = {},
): void {
  const digest = readFileSync(join(meta, 'domain', domain, 'stacks', stack, '.digest'), 'utf8').trim()
  const pointer = {
    v: 1,
    kind: 'gachette-channel',
    domain,
    channel,
    number,
    stack,
    digest,
    when,
    until,
    who: 'ann@desk',
    why: null,
  }
  const folder = join(meta, '.gachette/channels', domain, channel)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${String(number).padStart(8, '0')}.json`), `${JSON.stringify(pointer)}\n`)
  const link = join(meta, 'domain', domain, 'stacks', channel)
  symlinkSync(stack, `${link}.new`)
  renameSync(`${link}.new`, link)
}
