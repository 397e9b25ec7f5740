import { expect, test } from 'vitest'
import { SshConfigReader } from '../../src/inventory/index.ts'
import { Connector } from '../../src/session/connector.ts'

test('a key file that is named and is not there is warned of', () => {
  const warnings: string[] = []
  const settings = {
    keyFiles: ['/nonexistent/key'],
    useSshConfig: false,
    forwardAgent: false,
    hostKeyPolicy: 'strict',
    warn: (message: string) => void warnings.push(message),
  } as const
  new Connector(settings, new SshConfigReader(settings), () => Promise.reject(new Error('nobody logs in')))
  expect(warnings).toEqual(['the key file /nonexistent/key is not there: other keys are tried'])
})
