import {
  calledAs,
  type Deployment,
  defineTask,
  deploy as deployStack,
  type Members,
  refuseOddRoles,
  storeHost,
  storeParams,
  trustPolicy,
} from 'gachette'

export const deploy = defineTask({
  summary: 'Move hosts to exactly the versions of a stack, all of them or none',
  conducts: true,
  params: {
    stack: {
      type: 'string',
      completes: 'stack',
      summary: 'a stack, a channel, latest, or a range such as ^1.2',
    },
    plan: { type: 'boolean', summary: 'only look at the hosts, and show what would be done' },
    check: {
      type: 'string',
      optional: true,
      summary: 'a command that must succeed on each host, or it goes back',
    },
    check_seconds: { type: 'number', default: 30, summary: 'for how long that is tried again' },
    undo: {
      type: 'choice',
      choices: ['all', 'failed'],
      default: 'all',
      summary: 'what goes back when more hosts fail than may (--max-fail): all of them, or those that failed',
    },
    unfrozen: { type: 'boolean', summary: 'take a stack that is not frozen, too' },
    ignore_holds: { type: 'boolean', summary: 'change packages that are on hold, too' },
    lock: {
      type: 'boolean',
      summary: 'install a package that keeps the host in the stack: dpkg refuses other versions then',
    },
    reinstall: {
      type: 'boolean',
      summary: 'install packages again whose files were changed on the host, configuration aside',
    },
    wait: { type: 'number', default: 120, summary: 'seconds to wait for another deployment, or another apt' },
    keep: { type: 'number', default: 5, summary: 'generations that hosts keep' },
    ...storeParams,
  },
  async run(context, { stack, plan, check, undo, unfrozen, ...rest }): Promise<Deployment> {
    const { setting } = context
    const members = setting('members') as Members
    await refuseOddRoles(members, setting)
    const store = context.on(storeHost(setting))
    return deployStack(context, {
      stack,
      store,
      metaPath: rest.meta_path,
      domain: rest.domain,
      policy: { ...trustPolicy(setting), unfrozen },
      members,
      skipBadHosts: setting('skip_bad_hosts') === true,
      planOnly: plan,
      undo,
      ignoreHolds: rest.ignore_holds,
      ...(check !== undefined && { check }),
      checkSeconds: rest.check_seconds,
      lock: rest.lock,
      reinstall: rest.reinstall,
      waitSeconds: rest.wait,
      keep: rest.keep,
      typed: calledAs(store),
    })
  },
})
