// A rolling restart behind a load balancer: one host first, then a quarter of them at a time, and no further once two have
// failed. Put such a file into tasks/ beside your .gachetterc; look first with --plan.
//
//   gachette -R web --canary --batch 25% --max-fail 1 rolling_restart:nginx
import { defineTask, sh } from 'gachette'

export const rolling_restart = defineTask({
  summary: 'Restart a service while nobody is sent to it, and wait until it answers',
  hosts: ['@web'],
  params: {
    unit: { type: 'string', summary: 'systemd unit' },
    balancer: { type: 'string', default: 'lb1', summary: 'host with the load balancer' },
    health: {
      type: 'string',
      default: 'http://localhost/health',
      summary: 'url that answers when all is well',
    },
  },
  async run({ run, on, host, log }, { unit, balancer, health }) {
    const lb = on(balancer)
    await lb.run`lbctl disable ${host.name}`
    await run`systemctl restart ${unit}`
    await run(sh`curl -fsS -o /dev/null ${health}`, { retry: { times: 10, pauseMs: 500, backoff: 1.2 } })
    // A host that did not come so far stays out of the balancer's sight.
    await lb.run`lbctl enable ${host.name}`
    log(`${unit} answers again`)
  },
})
