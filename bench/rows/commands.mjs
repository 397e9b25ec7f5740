import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gachette, inTurn, seconds, time } from '../lab.mjs'

const COUNT = 200

/** 200 commands in turn on one host, start-up and connecting included, against OpenSSH over a ControlMaster. */
export function measure(lab) {
  const project = join(lab.dir, 'commands')
  mkdirSync(project, { recursive: true })
  writeFileSync(
    join(project, 'gachette.tasks.ts'),
    `import { defineTask } from 'gachette'\nexport const many = defineTask({ summary: 'Many commands', params: {}, async run({ run }) { for (let n = 0; n < ${COUNT}; n++) await run\`true \${n}\` } })\n`,
  )
  const master = join(lab.dir, 'master.sock')
  const ssh = `ssh -F ${lab.sshConfig} -S ${master}`
  const script = `${ssh} -M -N -f ${lab.host}; n=0; while [ $n -lt ${COUNT} ]; do ${ssh} ${lab.host} true $n </dev/null || exit; n=$((n+1)); done; ${ssh} -O exit ${lab.host} 2>/dev/null`
  const { ours, peer } = inTurn(5, {
    ours: () => gachette(lab, ['-H', lab.host, '--quiet', 'many'], { cwd: project }).wall,
    peer: () => time(['sh', '-c', script], { env: lab.env }).wall,
  })
  return [
    {
      what: `${COUNT} commands in turn on one host / OpenSSH over ControlMaster`,
      ours: seconds(ours),
      peer: `ControlMaster ${seconds(peer)}`,
      ratio: ours / peer,
      bar: 0.8,
    },
  ]
}
