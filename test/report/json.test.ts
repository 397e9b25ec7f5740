import { expect, test } from 'vitest'
import { ended, output, reported, started } from '../support/told-run.ts'

const done = { type: 'step-ended', host: 'web1', step: 0, outcome: { type: 'done' }, ms: 1 } as const
const circle: Record<string, unknown> = { big: 1n }
circle.self = circle

test('json: every event is one line on stdout; warnings are on stderr as well', async () => {
  const facts = [
    started(['web1'], 'build'),
    output('web1', 'a\nb\u009b\u007f'),
    { type: 'warning', text: 'careful' },
    ended,
  ] as const
  const { stdout, stderr } = await reported(facts, { json: true })
  const lines = stdout.trimEnd().split('\n')
  expect(lines).toHaveLength(4)
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    facts.map((fact) => ({ v: 1, time: '2013-04-12T09:30:15.482Z', ...fact })),
  )
  expect(stdout).not.toMatch(/[\x7f-\x9f]/)
  expect(stderr).toBe('warning: careful\n')
})

test('json: an answer that JSON cannot hold spoils nothing but itself', async () => {
  const { stdout } = await reported(
    [
      { ...done, result: circle },
      { ...done, result: 7n },
    ],
    { json: true },
  )
  const [first, second] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(first).toMatchObject({ type: 'step-ended', result: expect.stringContaining('Circular') })
  expect(second).toMatchObject({ type: 'step-ended', result: '7' })
})

const answer = (result: unknown) => `answer: ${JSON.stringify(result)}`

test('answer: the text of the result is all of stdout', async () => {
  const facts = [
    started(['web1'], 'show'),
    output('web1', 'noise\n'),
    { ...done, result: { a: 1 } },
    ended,
  ] as const
  expect(await reported(facts, { answer, isTTY: true })).toEqual({ stdout: 'answer: {"a":1}\n', stderr: '' })
})

test('answer with json: one document; several answers are a list', async () => {
  const one = [started(['web1'], 'show'), { ...done, result: { a: 1 } }, ended] as const
  expect((await reported(one, { answer, json: true })).stdout).toBe('{\n  "a": 1\n}\n')
  const two = [
    started(['web1', 'web2'], 'show'),
    { ...done, result: 1 },
    { ...done, host: 'web2', result: 2 },
    ended,
  ] as const
  expect(JSON.parse((await reported(two, { answer, json: true })).stdout)).toEqual([
    { host: 'web1', task: 'show', result: 1 },
    { host: 'web2', task: 'show', result: 2 },
  ])
})

test('answer: what was found all the same is the document of what failed', async () => {
  const outcome = { type: 'failed', code: 'task', message: 'web1: bad' } as const
  const facts = [started(['web1'], 'show'), { ...done, outcome, result: { bad: 1 } }, ended] as const
  const stderr = 'web1: failed\n  bad\n'
  expect(await reported(facts, { answer, json: true })).toEqual({ stdout: '{\n  "bad": 1\n}\n', stderr })
  expect(await reported(facts, { answer })).toEqual({ stdout: '', stderr })
})

test('answer: what failed is on stderr, and stdout is empty', async () => {
  const outcome = { type: 'failed', code: 'task', message: 'web1: no such stack' } as const
  const facts = [started(['web1'], 'show'), { ...done, outcome }, ended] as const
  expect(await reported(facts, { answer, json: true })).toEqual({
    stdout: '',
    stderr: 'web1: failed\n  no such stack\n',
  })
})
