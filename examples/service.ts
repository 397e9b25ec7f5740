// A service in a container, from a fresh host on. What differs between the real one and a rehearsal is in the settings:
//
//   roles:
//     master: { hosts: [root@master1], vars: { reports: true } }
//
//   gachette -c production.yml --set tasks=examples/service.ts start
//   gachette -c staging.yml    --set tasks=examples/service.ts update
//   gachette -c production.yml --set tasks=examples/service.ts logs --lines 20
import { defineTask, join, type Remote, sh, TaskError, words } from 'gachette'

const NAME = 'buildmaster'

const image = { type: 'string', default: `${NAME}:latest`, summary: 'what runs in the container' } as const
const files = {
  config: { type: 'file', default: 'master.yml', summary: 'its configuration, here' },
  secrets: {
    type: 'file',
    default: 'secrets.yml',
    summary: 'its secrets, here; only the service can read them there',
  },
  folder: { type: 'string', default: `/srv/${NAME}`, summary: 'folder there for all of it' },
  network: { type: 'string', default: 'bridge', summary: 'the network of docker it is in' },
} as const

export const check_config = defineTask({
  summary: 'Have the service check its configuration, without starting it',
  hosts: ['@master'],
  params: { image, ...files },
  async run(context, { config, secrets, ...wanted }) {
    const { folder } = wanted
    await context.run`mkdir -p -- ${folder}/data`
    await context.put(config, `${folder}/next.yml`)
    // Whole or not at all, and never readable by others on the way.
    await context.put(secrets, `${folder}/secrets.yml`, { mode: 0o600 })
    await context.run(container(context, { ...wanted, config: 'next.yml' }, ['--rm'], 'check'))
    await context.run(sh`[ ! -e master.yml ] || ln -f master.yml previous.yml; mv next.yml master.yml`, {
      cwd: folder,
    })
  },
})

export const start = defineTask({
  summary: 'Start the service; on a fresh host, install what it needs first',
  hosts: ['@master'],
  params: { image, ...files },
  async run(context, args) {
    const { run, check, log } = context
    if (!(await check`command -v docker >/dev/null`))
      await run`apt-get install -y --no-install-recommends docker.io`
    await check_config(context, args)
    if (await isThere(context)) throw new TaskError(`${NAME} is there already`, { hint: 'update it' })
    await launch(context, { ...args, config: 'master.yml' })
    log(`${NAME} runs ${args.image}`)
  },
})

export const update = defineTask({
  summary: 'Run a newer image or configuration; the old one again, if the new one does not come up',
  hosts: ['@master'],
  params: { image, ...files, force: { type: 'boolean', summary: 'also while it is busy' } },
  async run(context, { force, ...args }) {
    const { run, ask, log, warn } = context
    const status = await ask`docker exec ${NAME} master status`
    if (status !== 'idle' && !force)
      throw new TaskError(`${NAME} is ${status}`, { hint: 'wait until it is idle, or update with --force' })
    await check_config(context, args)
    await run`docker rename ${NAME} ${NAME}-old && docker stop ${NAME}-old`
    try {
      await launch(context, { ...args, config: 'master.yml' })
    } catch (error) {
      warn(`the new ${NAME} did not come up: the old one again`)
      await run`docker rm -f ${NAME}; mv -- ${args.folder}/previous.yml ${args.folder}/master.yml`
      await run`docker rename ${NAME}-old ${NAME} && docker start ${NAME}`
      throw error
    }
    await run`docker rm ${NAME}-old`
    log(`${NAME} runs ${args.image}`)
  },
})

export const logs = defineTask({
  summary: 'Show the last lines the service said',
  hosts: ['@master'],
  params: { lines: { type: 'number', default: 100 } },
  async run({ run }, { lines }) {
    await run`docker logs --tail ${lines} ${NAME}`
  },
})

interface Container {
  readonly image: string
  readonly folder: string
  readonly network: string
  readonly config?: string
}

const isThere = ({ check }: Remote): Promise<boolean> => check`docker inspect ${NAME} >/dev/null 2>&1`

/** Starts it, and waits until it answers. */
async function launch(remote: Remote, wanted: Container): Promise<void> {
  await remote.run(container(remote, wanted, ['-d', '--restart', 'unless-stopped', '--name', NAME], 'serve'))
  await remote.run(sh`docker exec ${NAME} master status`, {
    retry: { times: 10, pauseMs: 300, backoff: 1 },
    title: 'wait until it answers',
  })
}

/** Its children see neither its secrets nor this machine's docker. */
function container(
  { host }: Remote,
  { image, folder, network, config = 'master.yml' }: Container,
  how: string[],
  what: string,
) {
  const reports = host.vars?.reports === false ? ['-e', 'REPORTS=off'] : []
  const mounts = [
    `${folder}/${config}:/etc/master.yml:ro`,
    `${folder}/secrets.yml:/run/secrets.yml:ro`,
    `${folder}/data:/var/lib/master`,
  ].flatMap((mount) => ['-v', mount])
  return join(
    [
      sh`docker run --network=${network}`,
      words([...how, ...reports, ...mounts, '--', image, 'master', what]),
    ],
    ' ',
  )
}
