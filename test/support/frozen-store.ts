import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ChannelPointer, FreezeRecord } from '../../src/stack/trust/record.ts'

/** What this machine remembers of channels lies in a folder of the test's own. */
export function stateIn(folder: string): void {
  const before = process.env.XDG_STATE_HOME
  process.env.XDG_STATE_HOME = folder
  onTestFinished(() => {
    if (before === undefined) delete process.env.XDG_STATE_HOME
    else process.env.XDG_STATE_HOME = before
  })
}

const WHEN = '2026-11-20T12:00:00Z'

/** Writes the freeze record of a stack by hand, as `freeze` does; gives its path and its bytes. */
export function freezeByHand(
  meta: string,
  stack: {
    readonly name: string
    readonly generation: string
    readonly digest: string
    readonly count: number
  },
  changes: Partial<FreezeRecord> = {},
) {
  const record: FreezeRecord = {
    v: 1,
    kind: 'gachette-stack',
    domain: 'main',
    stack: stack.name,
    digest: stack.digest,
    generation: stack.generation,
    count: stack.count,
    when: WHEN,
    who: 'ann@desk',
    why: null,
    ...changes,
  }
  return written(join(meta, '.gachette/frozen/main'), stack.name, record)
}

/** Writes a pointer of a channel by hand, as `promote` does, and turns the link for old readers. */
export function promoteByHand(
  meta: string,
  stack: { readonly name: string; readonly digest: string },
  channel: string,
  number: number,
  changes: Partial<ChannelPointer> = {},
) {
  const pointer: ChannelPointer = {
    v: 1,
    kind: 'gachette-channel',
    domain: 'main',
    channel,
    number,
    stack: stack.name,
    digest: stack.digest,
    when: WHEN,
    until: null,
    who: 'ann@desk',
    why: null,
    ...changes,
  }
  const link = join(meta, 'domain/main/stacks', channel)
  rmSync(link, { force: true })
  symlinkSync(stack.name, link)
  return written(join(meta, '.gachette/channels/main', channel), String(number).padStart(8, '0'), pointer)
}

function written(folder: string, name: string, record: object) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.json`)
  const text = `${JSON.stringify(record)}\n`
  writeFileSync(file, text)
  return { file, text, signatures: join(folder, `${name}.sigs`) }
}

/** Changes a file in place; throws where the change changes nothing. */
export function edit(file: string, change: (text: string) => string): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const after = change(before)
  if (after === before) throw new Error(`${file} is as it was`)
  writeFileSync(file, after)
}
