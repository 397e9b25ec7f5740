import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { throwawayHost } from 'gachette/testing'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('a throwaway host answers a real ssh client, carries stdin and exit codes, and leaves nothing behind', async () => {
  const host = await throwawayHost()
  try {
    const ssh = (command: string) => {
      const child = run('ssh', [
        '-F',
        '/dev/null',
        '-i',
        host.keyFile,
        '-o',
        `UserKnownHostsFile=${host.knownHosts}`,
        '-o',
        'StrictHostKeyChecking=yes',
        '-o',
        'IdentityAgent=none',
        '-p',
        String(host.port),
        host.address,
        command,
      ])
      child.child.stdin?.end('from here')
      return child
    }
    const { stdout, stderr } = await ssh('cat; echo; pwd; echo oops >&2')
    expect(stdout).toBe(`from here\n${host.dir}/home\n`)
    expect(stderr).toBe('oops\n')
    await expect(ssh('exit 3')).rejects.toMatchObject({ code: 3 })
    expect(host.commands).toEqual(['cat; echo; pwd; echo oops >&2', 'exit 3'])
  } finally {
    await host.stop()
  }
  expect(existsSync(host.dir)).toBe(false)
})

test.each(['sleep 300', "trap '' TERM; while :; do sleep 0.1; done"])(
  'stop ends what still runs: %s',
  async (command) => {
    const host = await throwawayHost()
    const argv = ['-F', '/dev/null', '-i', host.keyFile, '-o', `UserKnownHostsFile=${host.knownHosts}`]
    const line = `echo $$; ${command}; true`
    const client = spawn('ssh', [...argv, '-p', String(host.port), host.address, line], { stdio: 'pipe' })
    const pid = Number(await new Promise<Buffer>((told) => client.stdout.once('data', told)))
    await host.stop()
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false)
  },
)

test('a key that is not its own is refused', async () => {
  const [host, other] = [await throwawayHost(), await throwawayHost()]
  try {
    const attempt = run('ssh', [
      '-F',
      '/dev/null',
      '-i',
      other.keyFile,
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'BatchMode=yes',
      '-o',
      `UserKnownHostsFile=${host.knownHosts}`,
      '-p',
      String(host.port),
      host.address,
      'true',
    ])
    await expect(attempt).rejects.toMatchObject({ code: 255 })
    expect(host.commands).toEqual([])
  } finally {
    await host.stop()
    await other.stop()
  }
})
