import { expect, test } from 'vitest'
import { planText } from '../../src/report/index.ts'
import { planDocument, planRun, type Rollout, type StepId } from '../../src/run/index.ts'
import { sshHost } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

/** `restart@web1,web2`, or `build` for a task that concerns no host. */
function shown(
  steps: readonly string[],
  options: Rollout & { readonly hostsAtOnce?: number; readonly done?: readonly string[] } = {},
  columns = 80,
) {
  const plan = planRun(
    steps.map((step) => {
      const [text = '', hosts] = step.split('@')
      const named = { ...invocation(text.split(' ')[0] ?? '', async () => undefined), text }
      return { invocation: named, hosts: hosts === undefined ? [] : hosts.split(',').map(sshHost) }
    }),
  )
  const { done = [] } = options
  const isDone = ({ host, step }: StepId) => (done.includes(`${host} ${step + 1}`) ? { outcome } : undefined)
  return planText(planDocument(plan, options, done.length === 0 ? undefined : { ended: isDone }), columns)
}
const outcome = { type: 'done' } as const
const webs = (count: number) => Array.from({ length: count }, (_, at) => `web${at + 1}`).join(',')

test('a plan is its tasks by number, and a table of batches and tasks, from top to bottom', () => {
  const steps = ['build', 'off@lb', `drain@${webs(5)}`, `restart nginx@${webs(5)}`, 'on@lb', 'tell']
  expect(`\n${shown(steps, { batch: 2, canary: 1, hostsAtOnce: 50 })}`).toBe(`
6 tasks on 6 hosts, in 7 batches, 50 at once at most
the others only if all goes well on the canary

  1  build  (here, once)
  2  off
  3  drain
  4  restart nginx
  5  on
  6  tell  (here, once)

  1 2 3 4 5 6
  x . . . . .  1         (here)
  . x . . . .  2 canary  lb
  . . x x . .  3 canary  web1
  . . x x . .  4         web[2-3]
  . . x x . .  5         web[4-5]
  . . . . x .  6 canary  lb
  . . . . . x  7         (here)
`)
})

test('what an earlier run has done is marked, and hosts that differ in it stand apart; where all of it is done nothing is shown', () => {
  const steps = ['build', `drain@${webs(6)}`, `restart@${webs(6)}`, 'tell']
  const done = ['local 1', 'web1 2', 'web1 3', 'web2 2', 'web2 3', 'web3 2', 'web4 2', 'web4 3', 'web6 2']
  expect(`\n${shown(steps, { batch: 2, done })}`).toBe(`
4 tasks on 6 hosts, in 5 batches, one after the other
what is marked - was done before, and is not done again

  1  build  (here, once)
  2  drain
  3  restart
  4  tell  (here, once)

  1 2 3 4
  . - x .  3  web3
  . x x .  4  web5
  . - x .     web6
  . . . x  5  (here)
`)
})

test('without batches each task is on all its hosts', () => {
  expect(shown([`uptime@${webs(3)}`])).toBe(`1 task on 3 hosts, one after the other

  1  uptime

  1
  x  web[1-3]
`)
  expect(shown(['build'])).toContain('1 task on 0 hosts\n')
})

test('the hosts that a task conducts from here are counted, and it is not said in which way it goes over them', () => {
  const step = { task: 'deploy', text: 'deploy 1', once: true, conducts: ['a', 'b'], groups: [['a', 'b']] }
  const batches = [{ steps: [0], hosts: [], canary: false }]
  const text = planText({ v: 1, hosts: ['a', 'b'], steps: [step], batches, hostsAtOnce: 1 }, 80)
  expect(text).toMatch(/^1 task on 2 hosts\n/)
})

test('many equal batches are one line, and hosts are broken at the width of the screen', () => {
  const odd = Array.from({ length: 12 }, (_, at) => `${'abcdefghijkl'[at]}x${at}y`).join(',')
  const lines = (columns: number) =>
    shown([`x@${webs(1000)},${odd}`], { batch: 10 }, columns)
      .split('\n')
      .slice(5, -1)
  expect(lines(52)).toEqual([
    '  x  1 to 101, 10 each  web[1-1000],ax0y,bx1y,cx2y,',
    '                        dx3y,ex4y,fx5y,gx6y,hx7y,',
    '                        ix8y,jx9y',
    '  x  102                kx10y,lx11y',
  ])
  expect(lines(36)).toEqual([
    '  x  1 to 101, 10 each',
    '      web[1-1000],ax0y,bx1y,cx2y,',
    '      dx3y,ex4y,fx5y,gx6y,hx7y,ix8y,',
    '      jx9y',
    '  x  102',
    '      kx10y,lx11y',
  ])
})

test('what is typed cannot steer the terminal', () => {
  expect(shown(['say \u001b[31mred@web1'])).not.toContain('\u001b')
})
