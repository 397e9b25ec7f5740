import { expect, test } from 'vitest'
import { Credentials } from '../../src/session/credentials.ts'
import { CancelledError, Secret } from '../../src/shell/index.ts'

test('a person is asked one question at a time', async () => {
  const log: string[] = []
  const credentials = new Credentials(async (question) => {
    log.push(`asked ${question}`)
    await new Promise(setImmediate)
    log.push(`answered ${question}`)
    return new Secret(`to ${question}`)
  })
  const answers = await Promise.all(['a', 'b'].map((question) => credentials.ask(question)))
  expect(answers.map((answer) => answer.reveal())).toEqual(['to a', 'to b'])
  expect(log).toEqual(['asked a', 'answered a', 'asked b', 'answered b'])
})

test('a person who would not answer is asked nothing more', async () => {
  const asked: string[] = []
  const credentials = new Credentials(async (question) => {
    asked.push(question)
    throw new CancelledError('nobody answered')
  })
  const answers = await Promise.allSettled(['a', 'b'].map((question) => credentials.ask(question)))
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(credentials.ask('c')).rejects.toThrow(CancelledError)
  expect(asked).toEqual(['a'])
})
