import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gachette, inTurn, seconds, time } from '../lab.mjs'

/** put and get of 1 GiB, verified, against scp followed by sha256sum on both sides. */
export function measure(lab) {
  const project = join(lab.dir, 'transfer')
  mkdirSync(project, { recursive: true })
  writeFileSync(
    join(project, 'gachette.tasks.ts'),
    `import { defineTask } from 'gachette'
const params = { from: { type: 'string' }, to: { type: 'string' } } as const
export const up = defineTask({ summary: 'Upload', params, async run({ put }, { from, to }) { await put(from, to) } })
export const down = defineTask({ summary: 'Download', params, async run({ get }, { from, to }) { await get(from, to) } })
`,
  )
  const [source, there, back] = ['source', 'there', 'back'].map((name) => join(lab.dir, `transfer-${name}`))
  execFileSync('sh', ['-c', `head -c ${1 << 30} /dev/urandom > ${source}`])
  const options = { env: lab.env }
  const scp = (from, to) =>
    time(
      [
        'sh',
        '-c',
        `scp -q -F ${lab.sshConfig} ${from} ${to} && sha256sum ${source} && ssh -F ${lab.sshConfig} ${lab.host} sha256sum ${there}`,
      ],
      options,
    )
  const fresh = (file, measured) => {
    rmSync(file, { force: true })
    return measured().wall
  }
  const wall = inTurn(3, {
    put: () => fresh(there, () => gachette(lab, ['-H', lab.host, 'up', source, there], { cwd: project })),
    scpPut: () => fresh(there, () => scp(source, `${lab.host}:${there}`)),
    get: () => fresh(back, () => gachette(lab, ['-H', lab.host, 'down', there, back], { cwd: project })),
    scpGet: () => fresh(back, () => scp(`${lab.host}:${there}`, back)),
  })
  execFileSync('cmp', [source, back])
  for (const file of [source, there, back]) rmSync(file, { force: true })
  const row = (what, ours, peer) => ({
    what,
    ours: seconds(ours),
    peer: `scp + sha256sum ${seconds(peer)}`,
    ratio: peer / ours,
    bar: 1,
    atLeast: true,
  })
  return [
    row('put 1 GiB, verified: throughput / scp + sha256sum on both sides', wall.put, wall.scpPut),
    row('get 1 GiB, verified: throughput / scp + sha256sum on both sides', wall.get, wall.scpGet),
  ]
}
