import {
  calledAs,
  defineTask,
  mustHold,
  storeParams,
  trustSettings,
  verifiedText,
  verifyStacks,
} from 'gachette'

export const stack_verify = defineTask({
  summary: 'Say whether stacks are what they say: links, files, digests, signatures, channels',
  params: {
    stack: {
      type: 'string',
      completes: 'stack',
      optional: true,
      summary: 'the stack, a channel, or latest; all unless given',
    },
    ...storeParams,
    quick: { type: 'boolean', summary: 'look whether files are there, and read none of them' },
  },
  async run(context, { stack: name, meta_path: metaPath, domain, quick }) {
    const verified = await verifyStacks(context, context.local, {
      metaPath,
      domain,
      quick,
      ...(name !== undefined && { name }),
      policy: trustSettings(context.setting),
      typed: calledAs(context),
    })
    mustHold(verified)
    return verified
  },
  answer: verifiedText,
})
