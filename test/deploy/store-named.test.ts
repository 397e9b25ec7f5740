import { expect, onTestFinished, test } from 'vitest'
import { commandLine } from '../support/command-line.ts'
import { fakeHosts } from '../support/fake-session.ts'

test('where the store has no such stack, the line to type names the host of the store', async () => {
  const hosts = fakeHosts((host) => ({ stdout: [host === 'build1' ? 'stack\t0.0.3\tmissing\n' : ''] }))
  const files = { '.gachetterc': 'store_host: hero@build1\n' }
  const line = commandLine({ files, hosts })
  onTestFinished(line.remove)
  const { exitCode, stderr } = await line.gachette('-H', 'web1', 'deploy', '0.0.3')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('there is no stack 0.0.3')
  expect(stderr).toContain('see which there are:  gachette -H hero@build1 stack list\n')
  expect(hosts.log.filter((entry) => entry.includes('web1'))).toEqual([])
})
