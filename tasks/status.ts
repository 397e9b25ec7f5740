import { defineTask, status as statusOf, statusText, storeParams } from 'gachette'

export const status = defineTask({
  summary: 'Show which stack hosts are at, and how they differ from it',
  conducts: true,
  params: { domain: storeParams.domain },
  run: (context, { domain }) => statusOf(context, { domain }),
  answer: statusText,
})
