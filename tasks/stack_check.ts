import { calledAs, checkText, defineTask, mustPass, stackCheck, storeParams } from 'gachette'

export const stack_check = defineTask({
  summary: 'Say whether the packages of a stack go together, and would install',
  params: {
    name: { type: 'string', completes: 'stack', summary: 'the stack, a channel, latest, or a range' },
    ...storeParams,
    on: {
      type: 'string',
      completes: 'host',
      optional: true,
      summary: 'a host whose apt says what it would do; nothing changes',
    },
    base: {
      type: 'string',
      completes: 'host',
      optional: true,
      summary: 'a host whose apt has what the stack needs besides',
    },
    architectures: {
      type: 'list',
      optional: true,
      summary: 'of the hosts, their own first; that of most packages unless given',
    },
  },
  async run(context, { name, meta_path: metaPath, domain, on, base, architectures }) {
    const checked = await stackCheck(context, {
      metaPath,
      domain,
      name,
      typed: calledAs(context),
      ...(architectures && { architectures }),
      ...(on && { on: context.on(on) }),
      ...(base && { base: context.on(base) }),
    })
    mustPass(checked)
    return checked
  },
  answer: checkText,
})
