import { calledAs, checkText, defineTask, mustPass, stackCheck, storeParams } from 'gachette'

export const stack_check = defineTask({
  summary: 'Say whether the packages of a stack go together',
  params: {
    name: { type: 'string', completes: 'stack', summary: 'the stack, a channel, or latest' },
    ...storeParams,
    architectures: {
      type: 'list',
      optional: true,
      summary: 'of the hosts, their own first; that of most packages unless given',
    },
  },
  async run(context, { name, meta_path: metaPath, domain, architectures }) {
    const checked = await stackCheck(context, {
      metaPath,
      domain,
      name,
      typed: calledAs(context),
      ...(architectures && { architectures }),
    })
    mustPass(checked)
    return checked
  },
  answer: checkText,
})
