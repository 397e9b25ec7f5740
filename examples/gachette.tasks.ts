// Tasks of your own: put such a file beside your .gachetterc. The exported name is the task's name.
//
//   gachette -H web1 restart:nginx
//   gachette -R web restart --unit nginx --wait 60
//   gachette help restart
import { defineTask, sh, TaskError } from 'gachette'

export const restart = defineTask({
  summary: 'Restart a service and wait until it is active',
  hosts: ['@web'],
  params: {
    unit: { type: 'string', summary: 'systemd unit' },
    wait: { type: 'number', default: 30, summary: 'seconds to wait' },
  },
  async run({ run, host, log }, { unit, wait }) {
    await run`systemctl restart ${unit}`
    // A word inside a script of its own is handed to it as "$1": pasted into its text, it could be more than a word.
    const isActive = sh`sh -c 'until systemctl is-active --quiet "$1"; do sleep 0.2; done' sh ${unit}`
    // 124 is what timeout says when the time is up.
    const { exitCode } = await run(sh`timeout ${wait} ${isActive}`, { accept: [0, 124] })
    if (exitCode === 124) throw new TaskError(`${host.name}: ${unit} was not active within ${wait} s`)
    log(`${unit} is active`)
  },
})

export const uptime = defineTask({
  summary: 'Say how long a host has been up',
  run: ({ ask }) => ask`uptime -p`,
})

export const publish = defineTask({
  summary: 'Copy a folder to the hosts',
  params: {
    from: { type: 'file', summary: 'folder here' },
    to: { type: 'string', default: '/srv/www', summary: 'folder there; replaced as a whole, or not at all' },
  },
  async run({ put }, { from, to }) {
    await put(from, to)
  },
})
