import { expect, test } from 'vitest'
import { differences, narrow, recordPlan } from '../../src/journal/recorded-plan.ts'
import { planRun } from '../../src/run/index.ts'
import { sshHost } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

const body = async () => {}
const plan = (...names: readonly string[]) => {
  const { task, ...rest } = invocation('deploy', body)
  const deploy = { ...rest, task: Object.assign(task, { conducts: true as const }) }
  return planRun([{ invocation: deploy, hosts: names.map(sshHost) }])
}
const recorded = (...names: readonly string[]) => recordPlan(plan(...names), (text) => text)

test('the hosts that a task conducts are written down apart from where it runs', () => {
  expect(recorded('web1', 'web2').steps).toEqual([
    { task: 'deploy', text: 'deploy', hosts: ['local'], conducts: ['web1', 'web2'], args: {} },
  ])
})

test('a run that would conduct other hosts than then is told of', () => {
  expect(differences(recorded('web1', 'web2'), recorded('web1', 'web2'))).toEqual([])
  expect(differences(recorded('web1', 'web2'), recorded('web1', 'web3'))).toContain(
    'the hosts of deploy: was local,web1,web2, is now local,web1,web3',
  )
})

test('a plan that is narrowed to where a step failed keeps the hosts that the step conducts', () => {
  const { steps, hosts } = narrow(plan('web1', 'web2'), ['local'])
  expect(steps[0]?.conducted.map(({ label }) => label)).toEqual(['web1', 'web2'])
  expect(hosts.map(({ label }) => label)).toEqual(['local', 'web1', 'web2'])
})
