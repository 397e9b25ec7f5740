// Fabric's tutorial: test and push here, then bring a server to the newest commit.
//
//   gachette --set tasks=examples/tutorial.ts prepare_deploy
//   gachette --set tasks=examples/tutorial.ts -H my_server deploy --from git@example.org:acme/site
import { defineTask, sh, TaskError } from 'gachette'

export const prepare_deploy = defineTask({
  summary: 'Run the tests of this checkout, and push it',
  hosts: 'none',
  params: {
    checkout: { type: 'file', default: '.', summary: 'folder here' },
    anyway: { type: 'boolean', summary: 'push although tests fail' },
  },
  async run({ local, warn }, { checkout, anyway }) {
    const { exitCode } = await local.run(sh`./run-tests`, { cwd: checkout, accept: [0, 1] })
    if (exitCode !== 0 && !anyway)
      throw new TaskError('the tests failed', { hint: 'mend them, or push --anyway' })
    if (exitCode !== 0) warn('pushing although tests failed')
    await local.run(sh`git push --quiet`, { cwd: checkout })
  },
})

export const deploy = defineTask({
  summary: 'Bring the server to the newest commit, and restart what it serves',
  params: {
    from: { type: 'string', summary: 'its git repository' },
    dir: { type: 'string', default: '/srv/www/site', summary: 'folder there' },
    restart: {
      type: 'string',
      default: 'touch app.wsgi',
      summary: 'a line for the shell, run in the folder',
    },
  },
  async run({ run, ask, check, log, host }, { from, dir, restart }) {
    if (!(await check`test -d ${dir}`)) await run`git clone --quiet -- ${from} ${dir}`
    const before = await ask(sh`git rev-parse HEAD`, { cwd: dir })
    await run(sh`git pull --quiet --ff-only`, { cwd: dir })
    const after = await ask(sh`git rev-parse HEAD`, { cwd: dir })
    await run(sh`sh -c ${restart}`, { cwd: dir, title: restart })
    log(`${host.name}: ${before === after ? `is at ${after} already` : `${before} → ${after}`}`)
    return after
  },
})
