import { calledAs, defineTask, mustBeSame, rebuildPackages, rebuiltText, storeParams } from 'gachette'

export const stack_rebuild = defineTask({
  summary: 'Build again what a package was built of, and compare byte for byte: a difference fails',
  params: {
    name: { type: 'string', completes: 'package', summary: 'the package' },
    stack: {
      type: 'string',
      completes: 'stack',
      optional: true,
      summary: 'the stack whose version is meant; else the highest there is',
    },
    version: { type: 'string', optional: true, summary: 'the version that is meant, instead of a stack' },
    host: {
      type: 'string',
      completes: 'host',
      optional: true,
      summary: 'the machine to build on; where the store is unless given',
    },
    ...storeParams,
  },
  async run(context, { name, stack, version, host, meta_path: metaPath, domain }) {
    const rebuilt = await rebuildPackages(context, {
      ...{ metaPath, domain, setting: context.setting },
      packages: [
        {
          ...{ name, typed: calledAs(context) },
          ...(stack !== undefined && { stack }),
          ...(version !== undefined && { version }),
        },
      ],
      ...(host !== undefined && { builder: context.on(host) }),
    })
    mustBeSame(rebuilt)
    return rebuilt
  },
  answer: rebuiltText,
})
