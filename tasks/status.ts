import { defineTask, refuseOddStatus, status as statusOf, statusText, storeParams } from 'gachette'

export const status = defineTask({
  summary: 'Show which stack hosts are at, and how they differ from it',
  conducts: true,
  params: {
    domain: storeParams.domain,
    strict: { type: 'boolean', summary: 'fail where a host is not as it was deployed' },
  },
  async run(context, { strict, domain }) {
    const found = await statusOf(context, { domain })
    refuseOddStatus(found, { strict, skipBadHosts: context.setting('skip_bad_hosts') === true })
    return found
  },
  answer: statusText,
})
