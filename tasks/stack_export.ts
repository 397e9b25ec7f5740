import {
  bundleStack,
  calledAs,
  defineTask,
  exportStack,
  exportText,
  storeParams,
  trustPolicy,
} from 'gachette'

export const stack_export = defineTask({
  summary: 'Make the store an apt repository that has a stack as a suite, or write the stack as one file',
  params: {
    name: { type: 'string', completes: 'stack', summary: 'the stack, a channel, latest, or a range' },
    ...storeParams,
    bundle: { type: 'string', optional: true, summary: 'file of this machine to write it all to' },
    unfrozen: { type: 'boolean', summary: 'export a stack that is not frozen, too' },
  },
  run(context, { name, meta_path: metaPath, domain, bundle, unfrozen }) {
    const gpgKey = context.setting('gpg_key')
    const options = {
      metaPath,
      domain,
      name,
      policy: { ...trustPolicy(context.setting), unfrozen },
      typed: calledAs(context),
      ...(typeof gpgKey === 'string' && { gpgKey }),
    }
    return bundle === undefined
      ? exportStack(context, context.local, options)
      : bundleStack(context, context.local, { ...options, bundle })
  },
  answer: exportText,
})
