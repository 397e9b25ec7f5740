import { join } from 'node:path'
import { gachette, inTurn, seconds, time } from '../lab.mjs'
import { handWritten, plainApp } from '../plain-app.mjs'

/** `quick` of a new commit with a warm mirror, against the same work typed by hand as one `ssh host sh -s` script. */
export function measure(lab) {
  const repository = join(lab.dir, 'plain-app')
  const { commit } = plainApp(repository)
  gachette(lab, ['-H', lab.host, 'stack_create:0.0.1'])
  const quick = (...flags) =>
    gachette(lab, ['-H', lab.host, ...flags, `quick:0.0.1,plain-app,main,file://${repository}`])
  quick()
  const script = handWritten(repository, join(lab.dir, 'by-hand'))
  const byHand = () =>
    time(['ssh', '-F', lab.sshConfig, lab.host, 'sh', '-s'], { env: lab.env, input: script })
  byHand()
  const wall = inTurn(9, {
    ours: () => commit() ?? quick().wall,
    peer: () => commit() ?? byHand().wall,
  })
  commit()
  const execs = countExecs(quick)
  return [
    {
      what: 'quick of a new commit, warm mirror / one hand-written ssh script',
      ours: seconds(wall.ours),
      peer: `by hand ${seconds(wall.peer)}`,
      ratio: wall.ours / wall.peer,
      bar: 1.7,
    },
    {
      what: 'quick: commands run on the build machine, one after the other',
      ours: String(execs),
      peer: '',
      ratio: execs,
      bar: 4,
      unit: 'execs',
    },
  ]
}

/** The commands of a run, as its events name them; the test suite counts them at the server as well. */
function countExecs(quick) {
  const { stdout } = quick('--json')
  return stdout.split('\n').filter((line) => line.includes('"type":"command-started"')).length
}
