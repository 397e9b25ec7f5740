import {
  calledAs,
  channelSigner,
  defineTask,
  rememberPointer,
  Stack,
  signaturesText,
  signersNow,
  storeParams,
  trustSettings,
  wantsSignature,
} from 'gachette'

export const stack_promote = defineTask({
  summary: 'Let a channel, such as production, lead to a frozen stack',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack; it must be frozen' },
    channel: { type: 'string', summary: 'the channel; made if it is new' },
    ...storeParams,
    until: { type: 'string', optional: true, summary: 'ISO time, UTC, after which it leads there no more' },
    expect: { type: 'number', optional: true, summary: 'the number the channel must be at; 0 for a new one' },
    why: { type: 'string', optional: true, summary: 'one line for the log' },
    sign: { type: 'boolean', optional: true, summary: 'sign it; so it is where signing_key is set' },
  },
  async run(context, { stack: name, channel, meta_path: metaPath, domain, expect, until, why, sign }) {
    const stack = new Stack(context, { name, typed: calledAs(context), metaPath, domain })
    const { store } = stack
    const settings = trustSettings(context.setting)
    const toSign = { store, stack: name, channel, settings }
    const { change, pointer } = await stack.promote(channel, {
      expectNumber: expect,
      until,
      why,
      ...(wantsSignature(sign, settings) && { sign: channelSigner(context, context.local, toSign) }),
    })
    rememberPointer(context, store, pointer)
    context.log(
      change === 'promoted'
        ? `${channel} leads to stack ${name}, by pointer ${pointer.number}`
        : `${channel} leads to stack ${name} already${change === 'signed' ? '; a signature is new' : ''}`,
    )
    const signers = await signersNow(context, context.local, { store, name: channel, policy: settings })
    if (signers !== undefined) context.log(signaturesText(signers, settings.signaturesNeeded))
    return { stack: name, channel, change, pointer, signers }
  },
})
