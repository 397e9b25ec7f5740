import { expect, test } from 'vitest'
import { defaultConfig, parseHost } from '../../src/inventory/index.ts'
import type { Login } from '../../src/session/attempt.ts'
import { Credentials } from '../../src/session/credentials.ts'
import { Deadline } from '../../src/session/deadline.ts'
import { KnownHostsFiles } from '../../src/session/known-hosts-files.ts'
import { answers } from '../../src/session/openssh/answers.ts'
import { Progress } from '../../src/session/openssh/progress.ts'
import { targetOf } from '../../src/session/target.ts'
import { Secret } from '../../src/shell/index.ts'

/** Those who ask one person, each by an ssh of its own. */
function askers() {
  const asked: string[] = []
  const prompt = async (question: string) => {
    asked.push(question)
    return new Secret(`answer ${asked.length}`)
  }
  const credentials = new Credentials(prompt)
  const knownHosts = new KnownHostsFiles()
  const asker = (name: string, method: string) => {
    const host = parseHost(name)
    if (host.kind !== 'ssh') throw new Error('no SSH host')
    const settings = {
      keyFiles: [],
      useSshConfig: false,
      forwardAgent: false,
      hostKeyPolicy: 'strict' as const,
      warn: () => {},
      prompt,
    }
    const target = targetOf(host, defaultConfig(host.address), settings)
    const deadline = new Deadline(10_000)
    deadline.stop()
    const signal = new AbortController().signal
    const login: Login = { target, settings, credentials, knownHosts, deadline, signal }
    const progress = Object.assign(new Progress(), { method })
    const answer = answers(login, progress, () => {})
    return async (question: string) => (await answer?.(question))?.reveal()
  }
  return { asked, asker }
}

const PASSPHRASE = "Enter passphrase for key '/home/hero/.ssh/id_ed25519': "

test('a passphrase that many hosts need is asked for once', async () => {
  const { asked, asker } = askers()
  const [first, second] = [asker('web1', 'publickey'), asker('web2', 'publickey')]
  expect(await Promise.all([first(PASSPHRASE), second(PASSPHRASE)])).toEqual(['answer 1', 'answer 1'])
  expect(asked).toEqual([PASSPHRASE])
})

test('a host that words its question as another one has is not given the answer to that', async () => {
  const { asked, asker } = askers()
  expect(await asker('web1', 'publickey')(PASSPHRASE)).toBe('answer 1')
  expect(await asker('web1', 'keyboard-interactive')('Password: ')).toBe('answer 2')
  expect(await asker('evil', 'keyboard-interactive')(PASSPHRASE)).toBe('answer 3')
  expect(await asker('evil', 'keyboard-interactive')('Password: ')).toBe('answer 4')
  expect(asked).toHaveLength(4)
})

test('a question of a host’s says whose it is, and gives the terminal no orders', async () => {
  const { asked, asker } = askers()
  await asker('hero@evil', 'keyboard-interactive')('\x1b[2J\rToken\u202e:\n')
  await asker('hero@evil', 'password')("hero@evil's password: ")
  await asker('hero@evil', 'keyboard-interactive')('(hero@evil) Code: ')
  expect(asked).toEqual(['hero@evil: [2J Token : ', "hero@evil's password: ", 'hero@evil: Code: '])
})
