import { calledAs, defineTask, exportStack, exportText, storeParams } from 'gachette'

export const stack_export = defineTask({
  summary: 'Make the store an apt repository that has a stack as a suite',
  params: {
    name: { type: 'string', completes: 'stack', summary: 'the stack, a channel, latest, or a range' },
    ...storeParams,
    unfrozen: { type: 'boolean', summary: 'export a stack that is not frozen, too' },
  },
  run(context, { name, meta_path: metaPath, domain, unfrozen }) {
    const gpgKey = textOf(context.setting('gpg_key'))
    const allowedSigners = textOf(context.setting('allowed_signers'))
    return exportStack(context, context.local, {
      metaPath,
      domain,
      name,
      policy: {
        unfrozen,
        signaturesNeeded: Number(context.setting('signatures_needed')),
        ...(allowedSigners && { allowedSigners }),
      },
      typed: calledAs(context),
      ...(gpgKey && { gpgKey }),
    })
  },
  answer: exportText,
})

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
