import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseEntry } from '../../src/journal/entry.ts'
import { readPast, replay } from '../../src/journal/index.ts'
import { cutTornLine, lastLine, linesOf } from '../../src/journal/lines.ts'
import { entriesOf } from '../../src/journal/past.ts'
import { stateOf } from '../../src/journal/state.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const anyChar = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
/** Each of these writes a file. */
const FEW = { numRuns: 25 }
const path = () => join(folder, 'events.jsonl')
const write = (...entries: readonly object[]) =>
  writeFileSync(
    path(),
    entries.map((each) => `${JSON.stringify({ v: 1, time: '2026-11-20T11:14:39Z', ...each })}\n`).join(''),
  )
const started = { type: 'run-started', run: 'r', dryRun: false, hosts: ['a', 'b'], steps: [] }
const command = (number: number, more: object = {}) => ({
  type: 'command-started',
  host: 'a',
  step: 0,
  command: number,
  text: 'x',
  ...more,
})
const ended = (number: number, outcome: object = { type: 'exited', code: 0 }) => ({
  type: 'command-ended',
  host: 'a',
  step: 0,
  command: number,
  outcome,
  ms: 1,
})

describe('lines', () => {
  test('are read whole, also where they are longer than what is read at once', () => {
    const long = 'ü'.repeat(100_000)
    writeFileSync(path(), `one\n${long}\n\ntwo\ntorn`)
    expect([...linesOf(path())]).toEqual(['one', long, '', 'two'])
  })

  test('what was torn off is cut, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const all = lines.join('\n')
        writeFileSync(path(), all)
        cutTornLine(path())
        const whole = all.slice(0, all.lastIndexOf('\n') + 1)
        expect([...linesOf(path())].map((line) => `${line}\n`).join('')).toBe(whole)
        expect(lastLine(path(), Buffer.byteLength(whole))).toBe(
          whole === '' ? undefined : whole.split('\n').at(-2),
        )
      }),
      FEW,
    )
  })

  test('a last line that was torn off, or is endless, is none', () => {
    writeFileSync(path(), `one\n${'x'.repeat(70_000)}\n`)
    expect(lastLine(path(), 70_005)).toBeUndefined()
    writeFileSync(path(), 'one\ntwo')
    expect(lastLine(path(), 7)).toBeUndefined()
  })
})

describe('entries', () => {
  test('of garbage nothing is believed, and what is whole is found among it', () => {
    const good = JSON.stringify({ v: 1, time: 't', type: 'step-started', host: 'a', step: 0 })
    const bad = fc.oneof(
      fc.string({ unit: anyChar }).map((text) => text.replaceAll('\n', '')),
      fc.json({ noUnicodeString: false }).filter((text) => !text.includes('"v"')),
      fc.nat(good.length - 1).map((length) => good.slice(0, length)),
    )
    fc.assert(
      fc.property(fc.array(bad), fc.array(bad), (before, after) => {
        writeFileSync(path(), [...before, good, ...after, ''].join('\n'))
        expect([...entriesOf(folder)]).toEqual([JSON.parse(good)])
        expect(() => [...replay(folder)]).not.toThrow()
        expect(readPast(folder)).toMatchObject({ jobs: [], notes: [], cut: {} })
      }),
      FEW,
    )
  })

  test('whatever a line holds, it is an entry or none', () => {
    const value = fc.oneof(fc.string(), fc.nat(), fc.constant(null), fc.array(fc.string()), fc.object())
    const line = fc.record(
      {
        v: fc.constantFrom<unknown>(1, '1', null),
        time: value,
        type: fc.constantFrom(
          'step-ended',
          'command-ended',
          'job-started',
          'run-ended',
          'taken-up',
          'noted',
          'log',
        ),
        host: value,
        step: value,
        command: value,
        outcome: value,
        jobs: value,
        log: value,
        cut: value,
        ms: value,
        job: value,
        exitCode: value,
      },
      { requiredKeys: ['v', 'type'] },
    )
    fc.assert(
      fc.property(line, (each) => ['object', 'undefined'].includes(typeof parseEntry(JSON.stringify(each)))),
    )
    fc.assert(fc.property(fc.string({ unit: anyChar }), (text) => parseEntry(text) === undefined))
  })

  test.each([
    ['step-ended', { host: 'a', step: 0, ms: 1 }],
    ['step-ended', { host: 'a', step: 0, ms: 1, outcome: 'done' }],
    ['step-ended', { host: 'a', step: '0', ms: 1, outcome: { type: 'done' } }],
    ['command-ended', { host: 'a', step: 0, command: 0, ms: 1, outcome: { type: 'lost', remote: 'x' } }],
    ['command-started', { host: 'a', step: 0, command: 0, text: 'x', log: '3' }],
    ['run-started', { run: 'r', hosts: [1], steps: [] }],
    ['run-started', { run: 'r', hosts: ['a'], steps: [{ task: 1 }] }],
    ['run-ended', { exitCode: 0, ms: 1, jobs: [{ host: 'a' }] }],
    ['taken-up', { attempt: 2, cut: [1] }],
    ['of-the-future', {}],
    ['__proto__', {}],
  ])('%s %j is none', (type, fields) => {
    expect(parseEntry(JSON.stringify({ v: 1, time: 't', type, ...fields }))).toBeUndefined()
  })

  test('of a later version are refused', () => {
    expect(() => parseEntry('{"v":2}')).toThrow(
      'this was recorded by a newer gachette (version 2 of the journal)',
    )
  })
})

describe('what they come to', () => {
  test('the log of a host is cut where the first command began that did not end', () => {
    write(
      started,
      command(0),
      ended(0),
      command(1, { log: 7 }),
      command(2, { log: 9, on: 'b' }),
      command(3, { log: 8 }),
    )
    expect(readPast(folder).cut).toEqual({ a: 7, b: 9 })
  })

  test('a host may be called as it likes', () => {
    write(started, command(0, { host: '__proto__', log: 3 }))
    expect(Object.entries(readPast(folder).cut)).toEqual([['__proto__', 3]])
  })

  test('a job may still run unless its end was seen, also where another attempt did not come to it', () => {
    const job = (number: number, name: string) => ({
      type: 'job-started',
      host: 'a',
      step: 0,
      command: number,
      job: name,
      joined: false,
    })
    const lost = { type: 'lost', reason: 'x', remote: { type: 'unknown' } }
    write(
      started,
      command(0),
      job(0, 'one'),
      ended(0),
      command(1),
      job(1, 'two'),
      ended(1, lost),
      command(2),
      job(2, 'three'),
    )
    const open = ['two', 'three'].map((name) => ({ host: 'a', step: 0, job: name }))
    expect(readPast(folder).jobs).toEqual(open)
    expect(stateOf(folder)).toEqual({ type: 'interrupted', jobs: open })
    appendFileSync(path(), `${JSON.stringify({ v: 1, time: 't', ...started })}\n`)
    expect(readPast(folder).jobs).toEqual(open)
  })

  test('a job that was about to start when its program was killed may run; one that its host refused does not', () => {
    const starting = (number: number, step: number) => ({ ...command(number), step, job: `job-${number}` })
    const failed = { type: 'step-ended', host: 'a', step: 1, outcome: { type: 'failed' }, ms: 1 }
    write(started, starting(0, 1), failed, starting(1, 2))
    expect(readPast(folder).jobs).toEqual([{ host: 'a', step: 2, job: 'job-1' }])
    expect(stateOf(folder)).toMatchObject({ type: 'interrupted', jobs: [{ job: 'job-1' }] })
    write(started, starting(0, 1), ended(0, { type: 'exited', code: 0 }))
    expect(readPast(folder).jobs).toEqual([])
    write(started, starting(0, 1), ended(0, { type: 'lost', reason: 'x', remote: { type: 'unknown' } }))
    expect(readPast(folder).jobs).toEqual([{ host: 'a', step: 1, job: 'job-0' }])
  })

  test('a job that ended with its machine does not run any more', () => {
    const job = { type: 'job-started', host: 'a', step: 0, command: 0, job: 'one', joined: false }
    write(started, command(0), job, ended(0, { type: 'lost', reason: 'rebooted', remote: { type: 'ended' } }))
    expect(readPast(folder).jobs).toEqual([])
  })
})
