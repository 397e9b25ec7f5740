import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, inTurn, seconds, time } from '../lab.mjs'

/** `gachette -l` with 40 tasks of the user's, warm, against starting node to do nothing. */
export function measure(lab) {
  const project = join(lab.dir, 'forty')
  mkdirSync(join(project, 'tasks'), { recursive: true })
  writeFileSync(join(project, '.gachetterc'), 'hosts: [web1]\n')
  for (let at = 0; at < 40; at++) {
    const task = `import { defineTask } from 'gachette'\nexport const task_${at} = defineTask({ summary: 'Task number ${at}', params: { unit: { type: 'string' } }, async run({ run }, { unit }) { await run\`true \${unit}\` } })\n`
    writeFileSync(join(project, 'tasks', `file${at}.ts`), task)
  }
  const list = () => time([process.execPath, bin, '-l'], { env: lab.env, cwd: project })
  const listed = list().stdout
  if (!listed.includes('task_39')) throw new Error(`-l does not list the user's tasks:\n${listed}`)
  const { ours, empty } = inTurn(25, {
    ours: () => list().wall,
    empty: () => time([process.execPath, '-e', '0'], { env: lab.env }).wall,
  })
  return [
    {
      what: 'gachette -l, 40 user tasks, warm / node -e 0',
      ours: seconds(ours),
      peer: `node ${seconds(empty)}`,
      ratio: ours / empty,
      bar: 1.6,
    },
  ]
}
