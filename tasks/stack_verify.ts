import {
  calledAs,
  defineTask,
  mustBeSame,
  mustHold,
  rebuildPackages,
  rebuiltText,
  Stack,
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
    rebuild: { type: 'boolean', summary: 'build again what the stack pins, and compare byte for byte' },
    host: { type: 'string', completes: 'host', optional: true, summary: 'the machine to build on' },
  },
  async run(context, { stack: name, meta_path: metaPath, domain, quick, rebuild, host }) {
    const gpgKey = context.setting('gpg_key')
    const verified = await verifyStacks(context, context.local, {
      metaPath,
      domain,
      quick,
      ...(name !== undefined && { name }),
      ...(typeof gpgKey === 'string' && { gpgKey }),
      policy: trustSettings(context.setting),
      typed: calledAs(context),
    })
    mustHold(verified)
    if (!rebuild) return verified
    const places = verified.stacks.map(({ name }) => new Stack(context, { metaPath, domain, name }).show())
    const rebuilding = await rebuildPackages(context, {
      ...{ metaPath, domain, setting: context.setting },
      packages: (await Promise.all(places))
        .flatMap(({ packages }) => packages)
        .map(({ name, version }) => ({ name, version })),
      ...(host !== undefined && { builder: context.on(host) }),
    })
    mustBeSame(rebuilding)
    return { ...verified, rebuilding }
  },
  answer: (verified) =>
    'rebuilding' in verified
      ? `${verifiedText(verified)}\n${rebuiltText(verified.rebuilding)}`
      : verifiedText(verified),
})
