import {
  calledAs,
  defineTask,
  editParams,
  mustBring,
  mustPass,
  Stack,
  StaleGeneration,
  signaturesText,
  signersNow,
  stackCheck,
  stackSigner,
  storeParams,
  TaskError,
  trustSettings,
  wantsSignature,
} from 'gachette'

export const stack_freeze = defineTask({
  summary: 'Freeze a stack: it never changes again; once more, to add a signature',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack' },
    ...storeParams,
    ...editParams,
    sign: { type: 'boolean', optional: true, summary: 'sign it; so it is where signing_key is set' },
    unchecked: { type: 'boolean', summary: 'freeze it even if its packages do not go together' },
  },
  async run(context, { stack: name, meta_path: metaPath, domain, expect, why, sign, unchecked }) {
    const place = { name, typed: calledAs(context), metaPath, domain }
    const reason = unchecked ? ['unchecked', why].filter(Boolean).join(': ') : why
    const stack = new Stack(context, place)
    const settings = trustSettings(context.setting)
    const toSign = { store: stack.store, stack: name, settings }
    const { change, record, latest } = await stack.freeze({
      expectGeneration: expect,
      why: reason,
      ...(!unchecked && { check }),
      ...(wantsSignature(sign, settings) && { sign: stackSigner(context, context.local, toSign) }),
    })
    context.log(said[change](name, record.digest))
    const signers = await signersNow(context, context.local, { store: stack.store, name, policy: settings })
    if (signers !== undefined) context.log(signaturesText(signers, settings.signaturesNeeded))
    if (latest !== undefined) context.log(`latest is ${latest}`)
    return { stack: name, change, record, latest, signers }

    async function check(generation: string): Promise<void> {
      const checked = await stackCheck(context, place)
      if (checked.generation !== generation)
        throw new StaleGeneration(`stack ${name} was edited while it was checked`, { hint: 'repeat it' })
      mustPass(checked)
      if (checked.count === 0 && !context.dryRun)
        throw new TaskError(
          `stack ${name} has no packages: hosts that get it would lose all they have of the stack before`,
          {
            hint: `if that is meant:  ${calledAs(context)} stack freeze ${name} --unchecked`,
          },
        )
      for (const line of mustBring(checked)) context.log(line)
    }
  },
})

const said = {
  frozen: (name: string, digest: string) => `stack ${name} is frozen: ${digest}`,
  signed: (name: string) => `stack ${name} was frozen already; a signature is new`,
  same: (name: string) => `stack ${name} was frozen already; nothing is new`,
}
