import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/rolling-restart.ts')

describeWith(['root', 'sshd'], 'examples/rolling-restart.ts', () => {
  let lb: BuildMachine
  let webs: readonly Sshd[]
  let names: readonly string[]
  const log = () => readFileSync(join(lb.dir, 'log'), 'utf8').trim().split('\n')
  const nameOf = ({ address, port }: Sshd) => `${address}:${port}`

  /** Programs of a host, before all others on its PATH. */
  const programs = (server: Sshd, scripts: Readonly<Record<string, string>>) => {
    mkdirSync(join(server.home, 'bin'), { recursive: true })
    writeFileSync(join(server.home, '.bashrc'), 'PATH=$HOME/bin:$PATH\n')
    for (const [name, script] of Object.entries(scripts))
      writeFileSync(join(server.home, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  const says = (text: string) => `echo "${text}" >>${join(lb.dir, 'log')}`
  /** A web server whose health is asked for three times before it answers. */
  const healthy = (server: Sshd) =>
    programs(server, {
      systemctl: says(`${nameOf(server)} $*`),
      curl: `echo >>$HOME/asked; test $(wc -l <$HOME/asked) -gt 2 && rm $HOME/asked`,
    })

  beforeAll(async () => {
    lb = await buildMachine()
    webs = await Promise.all(Array.from({ length: 5 }, () => startSshd()))
    names = webs.map(nameOf)
    programs(lb.server, { lbctl: says('lb $*') })
    webs.forEach(healthy)
    lb.configure('user: root', `roles: ${JSON.stringify({ web: names })}`)
    lb.write('tasks/rolling.ts', readFileSync(EXAMPLE, 'utf8'))
  })
  afterAll(async () => {
    await lb.stop()
    await Promise.all(webs.map((web) => web.stop()))
  })

  function restart() {
    const servers = [lb.server, ...webs]
    const known = `known_hosts=${servers.map(({ knownHosts }) => knownHosts).join(',')}`
    const login = [...servers.flatMap(({ keyFile }) => ['-i', keyFile]), '--set', known]
    const rollout = ['-R', 'web', '--canary', '--batch', '40%', '--max-fail', '0']
    return lb.gachette(...login, ...rollout, 'rolling_restart', 'nginx', '--balancer', lb.host)
  }

  test('restarts one host, then two at a time, each out of the balancer’s sight', async () => {
    writeFileSync(join(lb.dir, 'log'), '')
    const { exitCode, stdout, stderr } = await restart()
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    expect(stdout.match(/nginx answers again/g)).toHaveLength(5)
    const [canary = '', ...others] = names
    const steps = (name: string) => [`lb disable ${name}`, `${name} restart nginx`, `lb enable ${name}`]
    expect(log().slice(0, 3)).toEqual(steps(canary))
    for (const batch of [others.slice(0, 2), others.slice(2)]) {
      const at = batch.map((name) => steps(name).map((said) => log().indexOf(said)))
      for (const places of at) expect(places).toEqual(places.toSorted((a, b) => a - b))
    }
    const lastOfFirst = Math.max(...others.slice(0, 2).map((name) => log().indexOf(`lb enable ${name}`)))
    expect(log().findIndex((said) => others.slice(2).some((name) => said.includes(name)))).toBeGreaterThan(
      lastOfFirst,
    )
  })

  test('stops at a batch that does not come up again, and leaves that host out of the balancer’s sight', async () => {
    writeFileSync(join(lb.dir, 'log'), '')
    const [, bad] = webs
    if (bad === undefined) throw new Error('there are five')
    programs(bad, { systemctl: says(`${nameOf(bad)} cannot`).concat('; exit 5') })
    const { exitCode, stderr } = await restart()
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`${nameOf(bad)}: failed (exit 5)\n  systemctl restart nginx failed (exit 5)\n`)
    expect(stderr).toContain('skipped: because 1 host has failed (max_fail 0)\n')
    const [canary = '', one = '', two = '', ...spared] = names
    expect(
      log()
        .filter((said) => said.startsWith('lb '))
        .toSorted(),
    ).toEqual(
      [
        ...[canary, one, two].map((name) => `lb disable ${name}`),
        ...[canary, two].map((name) => `lb enable ${name}`),
      ].toSorted(),
    )
    expect(log().filter((said) => spared.some((name) => said.includes(name)))).toEqual([])
  })
})
