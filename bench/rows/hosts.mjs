import { fileURLToPath } from 'node:url'
import { gachette, inTurn, median, seconds, time } from '../lab.mjs'

const bare = fileURLToPath(new URL('bare-loop.mjs', import.meta.url))

/** 100 hosts, `true` on each, 50 at a time. */
export function measure(lab) {
  const options = { env: lab.env }
  const ours = (hosts) => gachette(lab, ['-H', hosts.join(','), '--parallel', '--pool', '50', '--', 'true'])
  const loop = (hosts) => time([process.execPath, bare, String(lab.port), lab.key, '50', ...hosts], options)
  const one = lab.hosts.slice(0, 1)
  const clush = () =>
    time(['clush', '-S', '-f', '50', '-o', `-F ${lab.sshConfig}`, '-w', lab.hosts.join(','), 'true'], options)
  const xargs = () =>
    time(['xargs', '-P50', '-I{}', 'ssh', '-F', lab.sshConfig, '{}', 'true'], {
      ...options,
      input: lab.hosts.join('\n'),
    })
  const wall = {}
  const cpu = inTurn(7, {
    ours: () => keep(wall, 'ours', ours(lab.hosts)).cpu,
    oursOne: () => ours(one).cpu,
    loop: () => keep(wall, 'loop', loop(lab.hosts)).cpu,
    loopOne: () => loop(one).cpu,
    xargs: () => keep(wall, 'xargs', xargs()).cpu,
  })
  const clushCpu = inTurn(3, { clush: () => clush().cpu }).clush
  const [oursWall, xargsWall] = [median(wall.ours), median(wall.xargs)]
  const [net, netLoop] = [cpu.ours - cpu.oursOne, cpu.loop - cpu.loopOne]
  return [
    {
      what: '100 hosts, true: client CPU / bare node-ssh loop (the same with one host taken off both)',
      ours: seconds(net),
      peer: `node-ssh ${seconds(netLoop)}`,
      ratio: net / netLoop,
      bar: 1.3,
    },
    {
      what: '100 hosts, true: client CPU / clush, start-up included',
      ours: seconds(cpu.ours),
      peer: `clush ${seconds(clushCpu)}`,
      ratio: cpu.ours / clushCpu,
      bar: 0.15,
    },
    {
      what: '100 hosts, true: wall clock / xargs -P50 ssh (medians)',
      ours: seconds(oursWall),
      peer: `xargs ssh ${seconds(xargsWall)}`,
      ratio: oursWall / xargsWall,
      bar: 1.05,
    },
  ]
}

function keep(wall, name, result) {
  wall[name] = [...(wall[name] ?? []), result.wall]
  return result
}
