import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { CancelledError, Secret } from '../../src/shell/index.ts'
import {
  connected,
  hostOf,
  makeKey,
  me,
  outputOf,
  overBothBodies,
  refusalOf,
  settingsFor,
  testFolder,
} from '../support/connecting.ts'
import { passwordServer } from '../support/password-server.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

overBothBodies((client) => {
  let sshd: Sshd
  const agentOutside = process.env.SSH_AUTH_SOCK

  beforeAll(async () => {
    sshd = await startSshd()
  })

  afterAll(() => sshd.stop())

  beforeEach(() => {
    delete process.env.SSH_AUTH_SOCK
  })

  afterEach(() => {
    if (agentOutside === undefined) delete process.env.SSH_AUTH_SOCK
    else process.env.SSH_AUTH_SOCK = agentOutside
  })

  let agentEnv: NodeJS.ProcessEnv = process.env
  afterEach(() => {
    agentEnv = process.env
  })

  /** A real ssh-agent that holds these keys; the test's environment knows it. */
  async function startAgent(...keys: readonly string[]): Promise<string> {
    const socket = join(testFolder(), 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore', env: agentEnv })
    onTestFinished(() => {
      agent.kill('SIGKILL')
    })
    while (!(await answers(socket))) await pause(10)
    process.env.SSH_AUTH_SOCK = socket
    for (const key of keys) execFileSync('ssh-add', ['-q', key], { stdio: 'pipe' })
    return socket
  }

  const answers = (socket: string) =>
    new Promise<boolean>((answer) => {
      const probe = createConnection(socket)
      probe.once('connect', () => {
        probe.destroy()
        answer(true)
      })
      probe.once('error', () => answer(false))
    })

  /** The server's key with a passphrase. */
  function encryptedKey(): string {
    const file = join(testFolder(), 'locked')
    copyFileSync(sshd.keyFile, file)
    chmodSync(file, 0o600)
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', file], { stdio: 'pipe' })
    return file
  }

  /** A person who answers with these words in turn. */
  function person(...words: readonly string[]) {
    const questions: string[] = []
    const prompt = async (question: string) => {
      questions.push(question)
      return new Secret(words[questions.length - 1] ?? '')
    }
    return { questions, prompt }
  }

  test('a key of the agent logs in', async () => {
    await startAgent(sshd.keyFile)
    await connected(hostOf(sshd), settingsFor(sshd, { keyFiles: [] }))
  })

  test('a named key is tried before the agent’s many others, which would exhaust the host’s patience', async () => {
    const dir = testFolder()
    const others = Array.from({ length: 8 }, (_, at) => makeKey(join(dir, `key${at}`)))
    await startAgent(...others, sshd.keyFile)
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { keyFiles: [] }))
    expect(refusal).toMatchObject({ code: 'authentication' })
    expect(refusal.message).toContain('Too many authentication failures')
    await connected(hostOf(sshd), settingsFor(sshd))
  })

  test('IdentitiesOnly keeps the agent’s other keys back', async () => {
    const dir = testFolder()
    const others = Array.from({ length: 8 }, (_, at) => makeKey(join(dir, `key${at}`)))
    await startAgent(...others, sshd.keyFile)
    const config = join(dir, 'config')
    // The public key alone is enough to choose a key of the agent.
    copyFileSync(`${sshd.keyFile}.pub`, join(dir, 'id.pub'))
    writeFileSync(config, `Host *\n IdentitiesOnly yes\n IdentityFile ${dir}/id\n`)
    const settings = settingsFor(sshd, { keyFiles: [], useSshConfig: true, sshConfigPath: config })
    await connected(hostOf(sshd), settings)
  })

  test('IdentityAgent of ssh_config names the agent, and none silences it', async () => {
    const socket = await startAgent(sshd.keyFile)
    delete process.env.SSH_AUTH_SOCK
    const config = join(testFolder(), 'config')
    const settings = { keyFiles: [], useSshConfig: true, sshConfigPath: config }
    writeFileSync(config, `Host *\n IdentityFile none\n IdentityAgent ${socket}\n`)
    await connected(hostOf(sshd), settingsFor(sshd, settings))
    process.env.SSH_AUTH_SOCK = socket
    writeFileSync(config, 'Host *\n IdentityFile none\n IdentityAgent none\n')
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, settings))
    expect(refusal.hint.split('\n')[0]).toBe('tried: nothing: there is no usable key or password')
  })

  test('an agent that is gone is said, and the key file logs in all the same', async () => {
    process.env.SSH_AUTH_SOCK = join(testFolder(), 'gone')
    await connected(hostOf(sshd), settingsFor(sshd))
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { keyFiles: [] }))
    expect(refusal.hint).toContain(`the agent at ${process.env.SSH_AUTH_SOCK} does not answer`)
  })

  test('the agent is forwarded where that is asked for, and nowhere else', async () => {
    await startAgent(sshd.keyFile)
    const forwarding = await connected(hostOf(sshd), settingsFor(sshd, { forwardAgent: true }))
    expect(await outputOf(forwarding, 'ssh-add -l')).toContain('ED25519')
    const plain = await connected(hostOf(sshd), settingsFor(sshd))
    expect(await outputOf(plain, 'echo "<$SSH_AUTH_SOCK>"')).toBe('<>\n')
  })

  test('forwarding without an agent is warned of once', async () => {
    const warnings: string[] = []
    const settings = settingsFor(sshd, { forwardAgent: true, warn: (warning) => warnings.push(warning) })
    await connected(hostOf(sshd), settings)
    await connected(hostOf(sshd), settings)
    expect(warnings).toEqual(['forward_agent is set, but there is no agent here: SSH_AUTH_SOCK is empty'])
  })

  test('a person who cancels at the question cancels the connection', async () => {
    const prompt = () => Promise.reject(new CancelledError('cancelled at the passphrase'))
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { keyFiles: [encryptedKey()], prompt }))
    expect(refusal).toEqual({ code: 'cancelled', message: 'cancelled at the passphrase', hint: '' })
  })

  test('the passphrase of a key is asked for once for all hosts', async () => {
    const key = encryptedKey()
    const { questions, prompt } = person('wrong', 'open sesame')
    const settings = settingsFor(sshd, { keyFiles: [key], prompt })
    await Promise.all(Array.from({ length: 4 }, () => connected(hostOf(sshd), settings)))
    const asked = { 'built-in': `passphrase for ${key}: `, openssh: `Enter passphrase for key '${key}': ` }[
      client
    ]
    expect(questions).toEqual([asked, asked])
  })

  test('three wrong passphrases are an error that says so', async () => {
    const key = encryptedKey()
    const { questions, prompt } = person('a', 'b', 'c', '')
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { keyFiles: [key], prompt }))
    expect(refusal.code).toBe('authentication')
    expect(refusal.hint).toContain(`${key} stayed locked: no right passphrase was given`)
    expect(questions).toHaveLength(3)
  })

  test('without a terminal an encrypted key is an error that names ssh-add', async () => {
    const key = encryptedKey()
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { keyFiles: [key] }))
    expect(refusal.hint).toContain(
      `${key} is encrypted, and there is nobody to ask for its passphrase: ssh-add ${key}`,
    )
  })

  test('an encrypted key that the agent holds needs no passphrase', async () => {
    const key = encryptedKey()
    await startAgent(sshd.keyFile)
    const { questions, prompt } = person()
    await connected(hostOf(sshd), settingsFor(sshd, { keyFiles: [key], prompt }))
    expect(questions).toEqual([])
  })

  test('a person’s typing is not counted as time to connect', async () => {
    const key = encryptedKey()
    const prompt = async () => {
      await pause(4000)
      return new Secret('open sesame')
    }
    await connected(
      hostOf(sshd),
      settingsFor(sshd, { keyFiles: [key], prompt, timeoutMs: 3000, attempts: 1 }),
    )
  })

  test('nor is that of a person whom the agent asks whether its key may be used', async () => {
    const confirm = join(testFolder(), 'confirm')
    writeFileSync(confirm, '#!/bin/sh\nsleep 4\n', { mode: 0o700 })
    agentEnv = { ...process.env, DISPLAY: 'none', SSH_ASKPASS: confirm, SSH_ASKPASS_REQUIRE: 'force' }
    await startAgent()
    execFileSync('ssh-add', ['-q', '-c', sshd.keyFile], { stdio: 'pipe' })
    await connected(hostOf(sshd), settingsFor(sshd, { keyFiles: [], timeoutMs: 3000, attempts: 1 }))
  })

  test('a key others can read, a missing one and a FIDO one are said to be so', async () => {
    const dir = testFolder()
    const open = makeKey(join(dir, 'open'))
    chmodSync(open, 0o644)
    const fido = join(dir, 'fido')
    writeFileSync(fido, 'whatever', { mode: 0o600 })
    const type = Buffer.from('\0\0\0\x1ask-ssh-ed25519@openssh.com', 'latin1').toString('base64')
    writeFileSync(`${fido}.pub`, `sk-ssh-ed25519@openssh.com ${type} me\n`)
    const refusal = await refusalOf(
      hostOf(sshd),
      settingsFor(sshd, { keyFiles: [open, join(dir, 'none'), fido] }),
    )
    expect(refusal.code).toBe('authentication')
    expect(refusal.hint.split('\n').slice(2, 5)).toEqual([
      `${open} can be read by others: chmod 600 ${open}`,
      `${join(dir, 'none')} does not exist`,
      client === 'openssh'
        ? 'name a key with -i FILE or key_filename, load it with ssh-add, or set user or password'
        : `${fido} is a security (FIDO) key, which only the ssh program can use: set  ssh_client: openssh`,
    ])
  })

  test.each(['rsa', 'ecdsa'])('an %s key logs in, in the old PEM form as well', async (type) => {
    const dir = testFolder()
    const [modern, pem] = [makeKey(join(dir, 'modern'), type), join(dir, 'pem')]
    copyFileSync(modern, pem)
    chmodSync(pem, 0o600)
    execFileSync('ssh-keygen', ['-q', '-p', '-m', 'PEM', '-P', '', '-N', '', '-f', pem], { stdio: 'pipe' })
    const authorized = join(sshd.dir, 'authorized_keys')
    const before = readFileSync(authorized)
    writeFileSync(authorized, `${before}${readFileSync(`${modern}.pub`)}`)
    onTestFinished(() => writeFileSync(authorized, before))
    await connected(hostOf(sshd), settingsFor(sshd, { keyFiles: [modern] }))
    await connected(hostOf(sshd), settingsFor(sshd, { keyFiles: [pem] }))
  })

  test('a refused login says who, what was tried, and what the host takes', async () => {
    const stranger = makeKey(join(testFolder(), 'stranger'))
    const refusal = await refusalOf(hostOf(sshd), settingsFor(sshd, { keyFiles: [stranger] }))
    expect(refusal).toEqual({
      code: 'authentication',
      message: `${sshd.address}:${sshd.port}: ${me} may not log in`,
      hint: [
        `tried: ${stranger}`,
        'the host takes: publickey',
        'name a key with -i FILE or key_filename, load it with ssh-add, or set user or password',
      ].join('\n'),
    })
  })

  test.each(['password', 'keyboard-interactive'] as const)(
    'the password of the settings logs in by %s',
    async (method) => {
      const server = await passwordServer({ method, password: 'pa$$ "w0rd"' })
      const settings = { ...server.settings, password: new Secret('pa$$ "w0rd"') }
      await connected(server.host, settings)
      const refusal = await refusalOf(server.host, { ...settings, password: new Secret('wrong') })
      expect(refusal.code).toBe('authentication')
      expect(JSON.stringify(refusal)).not.toContain('wrong')
    },
  )

  test('a password is typed where there is a terminal, up to three times', async () => {
    const server = await passwordServer({ method: 'password', password: 'sesame' })
    const { questions, prompt } = person('no', 'sesame')
    await connected(server.host, { ...server.settings, prompt })
    expect(questions).toEqual(Array(2).fill(`password of root@${server.host.name}: `))
    const stubborn = person('a', 'b', 'c', 'd')
    await refusalOf(server.host, { ...server.settings, prompt: stubborn.prompt })
    expect(stubborn.questions).toHaveLength(3)
  })

  test('the host’s own questions are put to the person', async () => {
    const server = await passwordServer({
      method: 'keyboard-interactive',
      password: '123456',
      question: 'Code: ',
    })
    const { questions, prompt } = person('123456')
    await connected(server.host, { ...server.settings, prompt })
    expect(questions).toEqual([`root@${server.host.name}: Code: `])
  })

  test('nobody is asked in BatchMode', async () => {
    const server = await passwordServer({ method: 'password', password: 'sesame' })
    const config = join(testFolder(), 'config')
    writeFileSync(config, 'Host *\n BatchMode yes\n')
    const { questions, prompt } = person('sesame')
    await refusalOf(server.host, { ...server.settings, prompt, useSshConfig: true, sshConfigPath: config })
    expect(questions).toEqual([])
  })
})
