import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DebianHosts, debianHosts } from '../support/debian-hosts.ts'
import { describeWith } from '../support/needs.ts'
import { until } from '../support/sessions.ts'

/** Command lines of all that runs on this machine, hosts included. */
const running = (): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/environ`, 'latin1')]
      } catch {
        return []
      }
    })

describeWith(['mmdebstrap', 'systemd-nspawn', 'setpriv', 'root'], 'throwaway Debian hosts', () => {
  let all: DebianHosts
  beforeAll(async () => {
    all = await debianHosts(3)
  }, 180_000)
  afterAll(() => all.stop())

  test('each has a name, processes and a disk of its own', () => {
    expect(all.hosts.map((host) => host.sh('hostname').trim())).toEqual(['web1', 'web2', 'web3'])
    all.hosts[0]?.sh('touch /only-here')
    expect(() => all.hosts[1]?.sh('ls /only-here')).toThrow('No such file')
    expect(Number(all.hosts[0]?.sh('ls /proc | grep -c "^[0-9]"'))).toBeLessThan(10)
  })

  test('its disk can be full', () => {
    expect(() => all.hosts[2]?.sh('head -c 600m /dev/zero >/filler')).toThrow('No space left')
    all.hosts[2]?.sh('rm /filler')
  })

  test('what was written outlives a power failure, and what ran does not', async () => {
    const [host] = all.hosts
    host?.sh('echo kept >/kept; sleep 1234 >/dev/null 2>&1 &')
    await host?.powerCycle()
    expect(host?.sh('cat /kept; cat /proc/[0-9]*/cmdline | tr "\\0" " "')).toMatch(/^kept\n(?!.*sleep 1234)/s)
  })

  test('a killed starter takes its hosts with it', async () => {
    const support = fileURLToPath(new URL('../support/debian-hosts.ts', import.meta.url))
    const starter = `import { createJiti } from 'jiti'
const { debianHosts } = await createJiti(process.cwd() + '/').import(${JSON.stringify(support)})
const { hosts } = await debianHosts(1, { names: ['orphan'] })
console.log(hosts[0].address)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', starter], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
      // What it leaves of its own is gone with the others.
      env: { ...process.env, TMPDIR: all.dir },
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const address = `ADDRESS=${line.toString().trim()}`
    expect(running().some((environment) => environment.includes(address))).toBe(true)
    child.kill('SIGKILL')
    await until(() => !running().some((environment) => environment.includes(address)), 'the host is gone')
  })

  test('with systemd it boots, and is reached by ssh', async () => {
    const booted = await debianHosts(1, { systemd: true })
    try {
      expect(booted.hosts[0]?.sh('systemctl is-system-running; cat /proc/1/comm')).toBe('running\nsystemd\n')
    } finally {
      await booted.stop()
    }
  })
})
