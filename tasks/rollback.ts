import { type Deployment, defineTask, rollback as rollBack, storeHost, storeParams } from 'gachette'

export const rollback = defineTask({
  summary: 'Take hosts back to the stack they had before, with what they have kept of it',
  conducts: true,
  params: {
    to: {
      type: 'number',
      optional: true,
      summary: 'the generation, as status shows it; that of the stack before unless given',
    },
    plan: { type: 'boolean', summary: 'only show what would be done' },
    ignore_holds: { type: 'boolean', summary: 'change packages that are on hold, too' },
    wait: { type: 'number', default: 120, summary: 'seconds to wait for another deployment, or another apt' },
    ...storeParams,
  },
  run(context, { to, plan, ...rest }): Promise<Deployment> {
    return rollBack(context, {
      ...(to !== undefined && { to }),
      ...storeOf(),
      metaPath: rest.meta_path,
      domain: rest.domain,
      planOnly: plan,
      ignoreHolds: rest.ignore_holds,
      skipBadHosts: context.setting('skip_bad_hosts') === true,
      waitSeconds: rest.wait,
    })

    /** Where nobody knows a store, nobody needs to be told. */
    function storeOf() {
      try {
        return { store: context.on(storeHost(context.setting)) }
      } catch {
        return {}
      }
    }
  },
})
