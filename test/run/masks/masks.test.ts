import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventLine, type RunEvent, type RunFact, type StepOutcome } from '../../../src/run/index.ts'
import { Masks } from '../../../src/run/masks/masks.ts'
import { Secret } from '../../../src/shell/index.ts'

const id = { host: 'h', step: 0 }
const event = (fact: RunFact): RunEvent => ({ v: 1, time: '', ...fact })
const output = (text: string, command = 1) =>
  event({ type: 'output', ...id, command, stream: 'stdout', text })
const ended = event({ type: 'command-ended', ...id, command: 1, outcome: { type: 'exited', code: 0 }, ms: 1 })
const heard = (secrets: readonly string[], events: readonly RunEvent[]) => {
  const masks = new Masks(secrets.map((secret) => new Secret(secret)))
  return events.flatMap((each) => masks.of(each))
}
const texts = (events: readonly RunEvent[]) => events.map((each) => ('text' in each ? each.text : each.type))

test('a secret in output is masked, also when it comes in pieces', () => {
  expect(texts(heard(['hush hush'], [output('say hu'), output('sh hush now'), ended]))).toEqual([
    'say ',
    '*** now',
    'command-ended',
  ])
})

test('what looked like the beginning of a secret and is none is told before the command ends', () => {
  expect(texts(heard(['hush hush'], [output('say hush'), ended]))).toEqual(['say ', 'hush', 'command-ended'])
})

test('commands do not mix', () => {
  expect(texts(heard(['secret'], [output('sec', 1), output('ret', 2), output('ret', 1), ended]))).toEqual([
    'ret',
    '***',
    'command-ended',
  ])
})

test('a secret in a failure or an answer is masked', () => {
  const outcome = {
    type: 'failed',
    code: 'task',
    message: 'no: hunter2',
    output: ['a hunter2 b'],
  } satisfies StepOutcome
  const [told] = heard(
    ['hunter2'],
    [event({ type: 'step-ended', ...id, outcome, ms: 1, result: { keys: ['hunter2'], when: new Date(0) } })],
  )
  expect(told).toMatchObject({
    outcome: { message: 'no: ***', output: ['a *** b'] },
    result: { keys: ['***'], when: new Date(0) },
  })
})

test('of secrets that hold each other the longest is masked', () => {
  expect(texts(heard(['pass', 'password'], [output('password pass\n')]))).toEqual(['*** ***\n'])
})

test('property: however output is cut, the secret is not in it and nothing else is lost', () => {
  const secret = fc.stringMatching(/^[ab]{4,8}$/)
  const pieces = fc.array(fc.stringMatching(/^[abc]{0,9}$/))
  fc.assert(
    fc.property(secret, pieces, (value, cut) => {
      const told = texts(heard([value], [...cut.map((text) => output(text)), ended]))
        .slice(0, -1)
        .join('')
      expect(told).not.toContain(value)
      expect(told).toBe(cut.join('').replaceAll(value, '***'))
    }),
  )
})

test('what was kept back of a command that never ended is told before its step ends', () => {
  const stepEnded = event({ type: 'step-ended', ...id, outcome: { type: 'done' }, ms: 1 })
  expect(texts(heard(['hush hush'], [output('say hush'), stepEnded]))).toEqual(['say ', 'hush', 'step-ended'])
})

test('a secret that is another form of one that is known gives itself away in its own forms, too', () => {
  const inner = Buffer.from('hunter2hunter2').toString('base64').replace(/=+$/, '')
  const masks = new Masks([new Secret('hunter2hunter2')])
  masks.add([new Secret(inner)])
  expect(masks.text(Buffer.from(inner).toString('base64').replace(/=+$/, ''))).toMatch(/^\*\*\*.{0,3}$/)
})

test('tasks that make a secret anew on each of thousands of hosts cost the run next to nothing', () => {
  const masks = new Masks()
  const since = process.cpuUsage()
  for (let host = 0; host < 5000; host++) {
    masks.add([new Secret('one and the same')])
    expect(masks.text('one and the same')).toBe('***')
  }
  const { user, system } = process.cpuUsage(since)
  expect((user + system) / 1000).toBeLessThan(3000)
})

test('an answer that cannot be written down is told as Node prints it, without the secrets in it', () => {
  class Parent {
    readonly child: { readonly parent: Parent; readonly token: string }
    constructor(token: string) {
      this.child = { parent: this, token }
    }
  }
  const circle: Record<string, unknown> = { token: 'hunter2' }
  circle.self = circle
  let deep: unknown = 'hunter2'
  for (let at = 0; at < 20_000; at++) deep = { deep }
  const harmless = { ...circle, token: 'none' }
  const results = [new Parent('hunter2'), circle, deep, harmless].map((result) =>
    heard(['hunter2'], [event({ type: 'step-ended', ...id, outcome: { type: 'done' }, ms: 1, result })]),
  )
  for (const [told] of results) expect(eventLine(told as RunEvent)).not.toContain('hunter2')
  expect(results[0]?.[0]).toMatchObject({ result: expect.stringContaining("token: '***'") })
})
